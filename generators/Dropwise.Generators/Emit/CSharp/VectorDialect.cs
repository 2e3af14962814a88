using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>
/// How one vector instruction set is spelled. Most operations are the same members of <c>Vector256</c> and <c>Vector512</c>; what has
/// no cross-platform name is here.
/// </summary>
internal sealed record VectorDialect
{
    /// <summary>AVX2 with FMA: registers of 256 bits.</summary>
    public static readonly VectorDialect Avx2 = new() { Isa = KernelIsa.Avx2, Bits = 256, Integers = "Avx2" };

    /// <summary>AVX-512 with BW: registers of 512 bits.</summary>
    public static readonly VectorDialect Avx512 = new() { Isa = KernelIsa.Avx512, Bits = 512, Integers = "Avx512BW" };

    /// <summary>The instruction set.</summary>
    public required KernelIsa Isa { get; init; }

    /// <summary>Bits of a register.</summary>
    public required int Bits { get; init; }

    /// <summary>The class of byte and word instructions.</summary>
    public required string Integers { get; init; }

    /// <summary>The class of cross-platform operations: <c>Vector512</c>.</summary>
    public string Vector => $"Vector{Bits}";

    /// <summary>32-bit lanes of a register.</summary>
    public int Lanes => Bits / 32;

    /// <summary>Products of adjacent lanes, summed in pairs.</summary>
    public string MultiplyAddAdjacent => Integers + ".MultiplyAddAdjacent";

    /// <summary>A vector type.</summary>
    /// <param name="element">The element type.</param>
    public string Of(string element) => $"{Vector}<{element}>";

    /// <summary>As many bytes as there are 32-bit lanes, each widened to a lane.</summary>
    /// <param name="address">An expression of type byte*.</param>
    public string WidenBytes(string address) => Bits == 512
        ? $"Avx512F.ConvertToVector512Int32(Vector128.Load({address}))"
        : $"Avx2.ConvertToVector256Int32({address})";
}
