namespace Dropwise.Quantization.Feedback;

/// <summary>Rows that one thread works on, by the places of inputs; each array has 16 elements more, which vectors may read.</summary>
internal sealed class SettledRows
{
    private const int Slack = 16;

    /// <summary>Takes rows of the target.</summary>
    /// <param name="weights">T [N, K].</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="order">The places of inputs.</param>
    public SettledRows(FloatMatrix weights, int first, int count, InputOrder order)
    {
        Count = count;
        Columns = weights.Columns;
        Targets = new float[(count * Columns) + Slack];
        Errors = new float[(count * Columns) + Slack];
        Points = new float[(count * Columns) + Slack];
        IsOutlier = new bool[count * Columns];
        Choices = new GroupChoice[count * order.Groups.Length];
        for (int row = 0; row < count; row++)
        {
            ReadOnlySpan<float> source = weights.Row(first + row);
            for (int place = 0; place < Columns; place++) Targets[(row * Columns) + place] = source[order.Inputs[place]];
        }
    }

    /// <summary>Rows.</summary>
    public int Count { get; }

    /// <summary>Inputs K.</summary>
    public int Columns { get; }

    /// <summary>T [rows, K].</summary>
    public float[] Targets { get; }

    /// <summary>Δ = T − Ŵ [rows, K].</summary>
    public float[] Errors { get; }

    /// <summary>The code values v of ŵ = s · v + o, and the weights themselves of outliers, [rows, K].</summary>
    public float[] Points { get; }

    /// <summary>Which weights are kept in high precision, [rows, K].</summary>
    public bool[] IsOutlier { get; }

    /// <summary>Scales and zeros, [rows, groups as stored].</summary>
    public GroupChoice[] Choices { get; }
}
