using System.Runtime.InteropServices;

namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>What <c>improve_batch</c> of <c>Blocks/CodeDescent.cuh</c> reads: device addresses.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DescentArguments
{
    /// <summary>The batch; its matrices are H.</summary>
    public SearchBatch Batch;

    /// <summary>Of each level, what errors change by [N, inputs of the batch].</summary>
    public fixed long Changes[SearchBatch.MostLevels];

    /// <summary>s [N]; rows of scale 0 stay as they are.</summary>
    public nint Scales;

    /// <summary>float64 [N]: what changes take off the weighted error, added to.</summary>
    public nint Gains;
}
