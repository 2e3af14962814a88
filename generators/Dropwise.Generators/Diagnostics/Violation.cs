using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;

namespace Dropwise.Generators.Diagnostics;

/// <summary>A broken rule: where, and what the message says about it.</summary>
/// <param name="location">The syntax at fault.</param>
/// <param name="arguments">What the rule's message is filled with.</param>
internal readonly struct Violation(Location location, params object[] arguments)
{
    /// <summary>The syntax at fault.</summary>
    public Location Location { get; } = location;

    /// <summary>What the rule's message is filled with.</summary>
    public object[] Arguments { get; } = arguments;

    /// <summary>A violation by an attribute as a whole.</summary>
    /// <param name="part">The attribute at fault.</param>
    /// <param name="arguments">What the rule's message is filled with.</param>
    public static Violation At(AttributePart part, params object[] arguments) => new(part.Location, arguments);

    /// <summary>A violation by one argument of an attribute.</summary>
    /// <param name="part">The attribute at fault.</param>
    /// <param name="property">The property that carries the argument at fault.</param>
    /// <param name="arguments">What the rule's message is filled with.</param>
    public static Violation In(AttributePart part, string property, params object[] arguments) => new(part.LocationOf(property), arguments);

    /// <summary>A violation by the annotated type itself.</summary>
    /// <param name="type">The type at fault.</param>
    /// <param name="arguments">What the rule's message is filled with.</param>
    public static Violation By(INamedTypeSymbol type, params object[] arguments) => new(type.Locations[0], arguments);

    /// <summary>The violation as the compiler shows it.</summary>
    /// <param name="rule">The rule that it breaks.</param>
    public Diagnostic ToDiagnostic(DiagnosticDescriptor rule) => Diagnostic.Create(rule, Location, Arguments);
}
