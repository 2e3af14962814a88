using System.Runtime.InteropServices;

namespace Dropwise.Quantization.Additive;

/// <summary>The inputs of one batch and what searches their codes, as <c>Blocks/CodeSearch.cuh</c> reads it: device addresses.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SearchBatch
{
    /// <summary>The most levels of a format.</summary>
    public const int MostLevels = 8;

    /// <summary>S of each level [N, K]: what other inputs have left for these, behind a matrix of moments.</summary>
    public fixed long Sums[MostLevels];

    /// <summary>That matrix of each level [K, K].</summary>
    public fixed long Factors[MostLevels];

    /// <summary>The inverses of the blocks on its diagonal [runs, dimension, dimension].</summary>
    public fixed long Inverses[MostLevels];

    /// <summary>C [M, codewords, dimension].</summary>
    public nint Codebooks;

    /// <summary>M_k [runs, M, dimension, dimension].</summary>
    public nint Metrics;

    /// <summary>g_k cᵀ M_k c [runs, M, codewords].</summary>
    public nint Norms;

    /// <summary>g_k [M].</summary>
    public nint Guides;

    /// <summary>λ_k [M].</summary>
    public nint Weights;

    /// <summary>uint16 [M, rows · runs].</summary>
    public nint Codes;

    /// <summary>Rows N.</summary>
    public int Rows;

    /// <summary>Inputs K.</summary>
    public int Columns;

    /// <summary>The batch's first input.</summary>
    public int First;

    /// <summary>The input after its last.</summary>
    public int Last;
}
