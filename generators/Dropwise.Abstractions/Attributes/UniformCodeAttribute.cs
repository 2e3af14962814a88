namespace Dropwise;

/// <summary>The code of a weight is an integer q, and the value is affine in it (see <see cref="GroupAttribute"/>).</summary>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class UniformCodeAttribute : Attribute
{
    /// <summary>Bits of a code, 2 to 8.</summary>
    public required int Bits { get; init; }

    /// <summary>True: q is in [−2^(Bits−1), 2^(Bits−1) − 1]; false: q is in [0, 2^Bits − 1].</summary>
    public bool Signed { get; init; }
}
