using System.Runtime.InteropServices;

namespace Dropwise.Quantization.Additive.Feedback;

/// <summary>What <c>settle_batch</c> of <c>Blocks/ErrorFeedback.cuh</c> reads: device addresses.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FeedbackArguments
{
    /// <summary>The batch; its matrices are U.</summary>
    public SearchBatch Batch;

    /// <summary>Of each level, targets and then what is left of them [N, K].</summary>
    public fixed long Errors[SearchBatch.MostLevels];
}
