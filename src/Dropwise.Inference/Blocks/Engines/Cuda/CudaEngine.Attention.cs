using Dropwise.Cpu;
using Dropwise.Cuda;

namespace Dropwise.Inference.Blocks.Engines.Cuda;

/// <content>
/// Attention of whole windows: scores of all heads of some windows are one batch of products. It computes twice what causality needs, which products are
/// fast enough for.
/// </content>
public sealed unsafe partial class CudaEngine
{
    // Scores that are in memory at once, of each of the three kinds: a gigabyte, or those of one window where they are more.
    private const long ScoresAtOnce = 1L << 28;

    /// <inheritdoc/>
    public override void Attend(BlockAttention attention, float* wide, TokenBatch batch, float* attended) =>
        ForWindows(attention, wide, attended, batch, isBackward: false, part => Weigh(part, null).Multiply(part.Scores, part.Value, part.Output));

    /// <inheritdoc/>
    public override void AttendBack(BlockAttention attention, float* wide, TokenBatch batch, float* dattended, float* dwide) =>
        ForWindows(attention, wide, dattended, batch, isBackward: true, part =>
        {
            bool isCapped = attention.Config.AttentionLogitCap is not null;
            WindowHeads gradient = part.At(dwide + (part.Wide - wide));
            Weigh(part, isCapped ? part.SlopeValues : null);

            // With weights P, values V and outputs P V: dV += Pᵀ dO, dP = dO Vᵀ; through softmax and scale to dS; dQ = dS K, dK += dSᵀ Q.
            part.MultiplyByGroup(part.Scores.Transposed, part.Output, gradient.Value);
            part.Multiply(part.Output, part.Value.Transposed, part.Gradients);
            LaunchScores("weigh_scores_back", part, isCapped ? part.SlopeValues : null);
            part.Multiply(part.Gradients, part.Key, gradient.Query);
            part.MultiplyByGroup(part.Gradients.Transposed, part.Query, gradient.Key);
        });

    /// <inheritdoc/>
    public override void AttendNext(BlockAttention attention, float* past, int room, TokenBatch batch, float* attended)
    {
        int count = batch.Windows * attention.Config.Heads;
        using FloatMemory scores = Allocate((long)count * room);
        LaunchWith("attend_next", new LaunchShape(count, RowThreads), new NextToken
        {
            Past = (nint)past,
            Scores = (nint)scores.Pointer,
            Attended = (nint)attended,
            Room = room,
            Position = batch.First,
            Window = attention.Window,
            Width = attention.Width,
            Heads = attention.Config.Heads,
            KeyHeads = attention.Config.KeyValueHeads,
            Dimension = attention.Config.HeadDimension,
            ByGroup = attention.Layout.IsByGroup ? 1 : 0,
            Scale = (float)attention.Config.AttentionScale,
            Cap = (float)(attention.Config.AttentionLogitCap ?? 0),
        });
    }

    // S = Q Kᵀ, then weights.
    private WindowHeads Weigh(WindowHeads part, float* slopes)
    {
        part.Multiply(part.Query, part.Key.Transposed, part.Scores);
        LaunchScores("weigh_scores", part, slopes);
        return part;
    }

    private void LaunchScores(string kernel, WindowHeads part, float* slopes)
    {
        BlockAttention attention = part.Attention;
        var rows = new ScoreRows
        {
            Scores = (nint)part.ScoreValues,
            Slopes = (nint)slopes,
            Gradients = (nint)part.GradientValues,
            Tokens = part.Tokens,
            Window = attention.Window,
            Scale = (float)attention.Config.AttentionScale,
            Cap = (float)(attention.Config.AttentionLogitCap ?? 0),
        };
        LaunchWith(kernel, new LaunchShape(part.Windows * attention.Config.Heads * part.Tokens, RowThreads), rows);
    }

    private void ForWindows(BlockAttention attention, float* wide, float* outputs, TokenBatch batch, bool isBackward, Action<WindowHeads> step)
    {
        long scores = (long)attention.Config.Heads * batch.Tokens * batch.Tokens;
        int most = (int)Math.Clamp(ScoresAtOnce / scores, 1, batch.Windows);
        using FloatMemory values = Allocate(most * scores), gradients = Allocate(isBackward ? most * scores : 1);
        using FloatMemory slopes = Allocate(isBackward && attention.Config.AttentionLogitCap is not null ? most * scores : 1);
        for (int first = 0; first < batch.Windows; first += most)
        {
            long token = (long)first * batch.Tokens;
            step(new WindowHeads(this, attention, Math.Min(most, batch.Windows - first), batch.Tokens, wide + (token * attention.Width), outputs + (token * attention.AttendedSize))
            {
                ScoreValues = values.Pointer,
                GradientValues = gradients.Pointer,
                SlopeValues = slopes.Pointer,
            });
        }
    }

    /// <summary>The products of some heads of some windows.</summary>
    /// <param name="left">A of each.</param>
    /// <param name="right">B of each.</param>
    /// <param name="result">A B of each.</param>
    /// <param name="windows">Windows.</param>
    /// <param name="heads">Which query heads: the first, how many lie between two of them, and where they end.</param>
    /// <param name="accumulate">Whether products are added to what is there.</param>
    internal void MultiplyHeads(HeadOperand left, HeadOperand right, HeadOperand result, int windows, (int First, int Step, int End) heads, bool accumulate)
    {
        int each = (heads.End - heads.First + heads.Step - 1) / heads.Step, count = windows * each;
        var addresses = new nint[3 * count];
        for (int i = 0; i < count; i++)
        {
            int window = i / each, head = heads.First + (i % each * heads.Step);
            addresses[i] = left.AddressOf(window, head);
            addresses[count + i] = right.AddressOf(window, head);
            addresses[(2 * count) + i] = result.AddressOf(window, head);
        }

        _blas.Multiply(Stream, left.First, right.First, result.First, Argument<nint>(addresses), count, accumulate);
    }
}
