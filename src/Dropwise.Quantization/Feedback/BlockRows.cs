namespace Dropwise.Quantization.Feedback;

/// <summary>Some rows of which one block of inputs is chosen again while all other inputs stay.</summary>
/// <param name="rows">The rows, all inputs settled.</param>
/// <param name="factor">What H says about errors.</param>
/// <param name="block">The block.</param>
/// <param name="slopes">Δ H [rows, K].</param>
internal sealed class BlockRows(SettledRows rows, FeedbackFactor factor, FeedbackBlock block, float[] slopes)
{
    // Vectors read that far behind a run.
    private const int Slack = 16;

    private readonly int _stride = block.Length + Slack;
    private readonly float[] _values = new float[rows.Count * (block.Length + Slack)];
    private readonly float[] _slopes = new float[rows.Count * (block.Length + Slack)];

    /// <summary>Rows.</summary>
    public int Count => rows.Count;

    /// <summary>Takes decoded weights and slopes of the block.</summary>
    public void Load()
    {
        for (int row = 0; row < rows.Count; row++)
        {
            int at = (row * factor.Columns) + block.First;
            Span<float> values = _values.AsSpan(row * _stride, block.Length);
            for (int j = 0; j < values.Length; j++) values[j] = rows.Targets[at + j] - rows.Errors[at + j];
            slopes.AsSpan(at, block.Length).CopyTo(_slopes.AsSpan(row * _stride));
        }
    }

    /// <summary>One group of one row.</summary>
    /// <param name="row">A row.</param>
    /// <param name="group">A group of the block.</param>
    public SettledGroup Of(int row, InputGroup group) => new()
    {
        Points = rows.Points.AsSpan((row * factor.Columns) + group.First, group.Length),
        Values = _values.AsSpan((row * _stride) + group.First - block.First, group.Length),
        Slopes = _slopes.AsSpan(row * _stride, block.Length),
        First = group.First - block.First,
        Moments = factor.Moments.AsSpan((group.First * factor.Columns) + block.First),
        Stride = factor.Columns,
        IsOutlier = rows.IsOutlier.AsSpan((row * factor.Columns) + group.First, group.Length),
        Diagonal = factor.Diagonal.AsSpan(group.First, group.Length),
    };

    /// <summary>Scale and zero of one group of one row.</summary>
    /// <param name="row">A row.</param>
    /// <param name="group">A group of the block.</param>
    public ref GroupChoice Choice(int row, InputGroup group) => ref rows.Choices[(row * factor.Order.Groups.Length) + group.Index];

    /// <summary>Takes the block's new errors to the rows.</summary>
    /// <param name="changes">Receives what errors have changed by, [rows, block].</param>
    public void Store(Span<float> changes)
    {
        for (int row = 0; row < rows.Count; row++)
        {
            int at = (row * factor.Columns) + block.First;
            for (int j = 0; j < block.Length; j++)
            {
                float error = rows.Targets[at + j] - _values[(row * _stride) + j];
                changes[(row * block.Length) + j] = error - rows.Errors[at + j];
                rows.Errors[at + j] = error;
            }
        }
    }
}
