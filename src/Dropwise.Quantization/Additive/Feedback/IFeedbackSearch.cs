using System.Collections.Immutable;

namespace Dropwise.Quantization.Additive.Feedback;

/// <summary>Settles the codes of a matrix with error feedback at every level.</summary>
internal interface IFeedbackSearch
{
    /// <summary>Finds the codes of all rows, and the factors of their scales that fit those codes best.</summary>
    /// <param name="levels">The levels.</param>
    /// <param name="tables">The codebooks.</param>
    /// <param name="metrics">How each level measures each run.</param>
    /// <param name="width">The width of the beam.</param>
    /// <param name="scales">The rows' scales [N]: codes describe targets over these. Zero for rows of zeros.</param>
    /// <param name="codes">Receives a plane a codebook [M][N · K / dimension].</param>
    /// <param name="factors">Receives what each scale is to be multiplied by [N].</param>
    /// <param name="run">Workers, cancellation, progress.</param>
    void Run(
        ImmutableArray<FeedbackLevel> levels, SearchTables tables, SearchMetrics metrics, int width, float[] scales, ushort[][] codes, float[] factors, QuantizationRun run);
}
