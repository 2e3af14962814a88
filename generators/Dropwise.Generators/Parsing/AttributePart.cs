using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Dropwise.Generators.Parsing;

/// <summary>
/// One attribute of a declaration: the values of its arguments. They are found by the property that carries them, whether they were written as
/// <c>Size = 32</c>, as <c>size: 32</c> or as the first argument.
/// </summary>
internal sealed class AttributePart(AttributeData data)
{
    /// <summary>The compiler's view of the attribute.</summary>
    public AttributeData Data { get; } = data;

    /// <summary>The attribute as an author writes it: <c>UniformCode</c>.</summary>
    public string Name => Data.AttributeClass!.Name.Replace("Attribute", "");

    /// <summary>Where the attribute stands.</summary>
    public Location Location => ArgumentSyntax.LocationOf(Data, null);

    /// <summary>Where an argument stands; the attribute where the argument is not written.</summary>
    /// <param name="property">The property that carries it.</param>
    public Location LocationOf(string property) => ArgumentSyntax.LocationOf(Data, property);

    /// <summary>An integer argument.</summary>
    /// <param name="property">The property that carries it.</param>
    /// <returns>Null where it is missing or not a constant: the compiler reports that.</returns>
    public int? Integer(string property) => Argument(property) is { Kind: TypedConstantKind.Primitive, Value: int value } ? value : null;

    /// <summary>A boolean argument; false where it is missing.</summary>
    /// <param name="property">The property that carries it.</param>
    public bool Flag(string property) => Argument(property) is { Kind: TypedConstantKind.Primitive, Value: true };

    /// <summary>A text argument.</summary>
    /// <param name="property">The property that carries it.</param>
    /// <returns>Null where it is missing, null or not a constant.</returns>
    public string? Text(string property) => Argument(property) is { Kind: TypedConstantKind.Primitive, Value: string value } ? value : null;

    /// <summary>An argument of an enumeration, whose values the generator shares with the attributes' assembly.</summary>
    /// <param name="property">The property that carries it.</param>
    /// <returns>Null where it is missing.</returns>
    public T? Choice<T>(string property)
        where T : struct, Enum =>
        Argument(property) is { Kind: TypedConstantKind.Enum, Value: int value } ? (T)Enum.ToObject(typeof(T), value) : null;

    /// <summary>A list of floats.</summary>
    /// <param name="property">The property that carries it.</param>
    /// <returns>Empty where it is missing; default where an element is not a constant.</returns>
    public ImmutableArray<float> Floats(string property)
    {
        if (Argument(property) is not { Kind: TypedConstantKind.Array, IsNull: false } list) return [];
        return list.Values.All(static v => v.Value is float) ? [.. list.Values.Select(static v => (float)v.Value!)] : default;
    }

    private TypedConstant? Argument(string property)
    {
        foreach (var named in Data.NamedArguments)
        {
            if (named.Key == property) return named.Value;
        }

        // A primary constructor's parameter is the property's name in camel case.
        ImmutableArray<IParameterSymbol> parameters = Data.AttributeConstructor?.Parameters ?? [];
        for (int i = 0; i < parameters.Length && i < Data.ConstructorArguments.Length; i++)
        {
            if (string.Equals(parameters[i].Name, property, StringComparison.OrdinalIgnoreCase)) return Data.ConstructorArguments[i];
        }

        return null;
    }
}
