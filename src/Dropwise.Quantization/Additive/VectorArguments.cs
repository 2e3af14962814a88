using System.Runtime.InteropServices;

namespace Dropwise.Quantization.Additive;

/// <summary>What <c>search_vectors</c> of <c>Blocks/VectorSearch.cuh</c> reads: device addresses.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct VectorArguments
{
    /// <summary>The vectors as rows of one run; no level has other inputs.</summary>
    public SearchBatch Batch;

    /// <summary>[vectors, dimension].</summary>
    public nint Vectors;

    /// <summary>Receives the weighted squared error of each [vectors].</summary>
    public nint Costs;
}
