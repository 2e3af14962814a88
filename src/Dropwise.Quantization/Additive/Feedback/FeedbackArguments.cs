using System.Runtime.InteropServices;

namespace Dropwise.Quantization.Additive.Feedback;

/// <summary>What <c>settle_batch</c> of <c>Blocks/ErrorFeedback.cuh</c> reads: device addresses.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FeedbackArguments
{
    /// <summary>The most levels of a format.</summary>
    public const int MostLevels = 8;

    /// <summary>Of each level, targets and then what is left of them [N, K].</summary>
    public fixed long Errors[MostLevels];

    /// <summary>Of each level, errors of settled inputs times U [N, K].</summary>
    public fixed long Sums[MostLevels];

    /// <summary>U of each level [K, K].</summary>
    public fixed long Factors[MostLevels];

    /// <summary>U_jj⁻¹ of each level [runs, dimension, dimension].</summary>
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
