namespace Dropwise;

/// <summary>The code of a weight is an index into a table of values: ŵ = s · Values[q].</summary>
/// <param name="values">The 2^Bits values in ascending order.</param>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class LookupCodeAttribute(params float[] values) : Attribute
{
    /// <summary>Bits of a code, 2 to 4.</summary>
    public required int Bits { get; init; }

    /// <summary>The 2^Bits values in ascending order.</summary>
    public float[] Values { get; } = values;
}
