using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Dropwise.Generators.Parsing;

/// <summary>Finds the syntax of an attribute's argument, so that a diagnostic underlines the number at fault and not the whole type.</summary>
internal static class ArgumentSyntax
{
    /// <summary>Where an argument stands.</summary>
    /// <param name="data">The attribute.</param>
    /// <param name="property">The property that carries the argument; null for the attribute as a whole.</param>
    /// <returns>The argument, or the attribute where the argument is not written.</returns>
    public static Location LocationOf(AttributeData data, string? property)
    {
        if (data.ApplicationSyntaxReference?.GetSyntax() is not AttributeSyntax attribute) return Location.None;
        if (property is null) return attribute.GetLocation();
        ImmutableArray<AttributeArgumentSyntax> arguments = [.. attribute.ArgumentList?.Arguments ?? []];
        foreach (AttributeArgumentSyntax argument in arguments)
        {
            if (argument.NameEquals?.Name.Identifier.ValueText == property || Names(argument.NameColon, property))
                return argument.Expression.GetLocation();
        }

        return Positional(data, arguments, property) is { } span
            ? Location.Create(attribute.SyntaxTree, span)
            : attribute.GetLocation();
    }

    // A parameter list at the end takes all positional arguments from its place on.
    private static TextSpan? Positional(AttributeData data, ImmutableArray<AttributeArgumentSyntax> arguments, string property)
    {
        ImmutableArray<IParameterSymbol> parameters = data.AttributeConstructor?.Parameters ?? [];
        int at = parameters.TakeWhile(p => !IsCarrier(p.Name, property)).Count();
        ImmutableArray<AttributeArgumentSyntax> positional = [.. arguments.Where(static a => a.NameEquals is null && a.NameColon is null)];
        if (at >= parameters.Length || at >= positional.Length) return null;
        AttributeArgumentSyntax last = parameters[at].IsParams ? positional[positional.Length - 1] : positional[at];
        return TextSpan.FromBounds(positional[at].SpanStart, last.Span.End);
    }

    private static bool Names(NameColonSyntax? name, string property) =>
        name is not null && IsCarrier(name.Name.Identifier.ValueText, property);

    // A primary constructor's parameter is the property's name in camel case.
    private static bool IsCarrier(string parameter, string property) => string.Equals(parameter, property, StringComparison.OrdinalIgnoreCase);
}
