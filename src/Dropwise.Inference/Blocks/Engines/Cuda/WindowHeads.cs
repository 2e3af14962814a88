using Dropwise.Cpu;

namespace Dropwise.Inference.Blocks.Engines.Cuda;

/// <summary>The heads of some windows, and the room that attention needs for their scores.</summary>
/// <param name="engine">The engine.</param>
/// <param name="attention">Heads.</param>
/// <param name="windows">Windows.</param>
/// <param name="tokens">Tokens of each.</param>
/// <param name="wide">Queries, keys and values of the first.</param>
/// <param name="outputs">The heads' outputs of the first, or their gradients.</param>
internal sealed unsafe class WindowHeads(CudaEngine engine, BlockAttention attention, int windows, int tokens, float* wide, float* outputs)
{
    /// <summary>Heads.</summary>
    public BlockAttention Attention => attention;

    /// <summary>Windows.</summary>
    public int Windows => windows;

    /// <summary>Tokens of each.</summary>
    public int Tokens => tokens;

    /// <summary>Queries, keys and values of the first window.</summary>
    public float* Wide => wide;

    /// <summary>Scores, then weights [windows · heads, tokens, tokens].</summary>
    public float* ScoreValues { get; init; }

    /// <summary>Their gradients.</summary>
    public float* GradientValues { get; init; }

    /// <summary>The slopes of the soft cap.</summary>
    public float* SlopeValues { get; init; }

    /// <summary>Queries [tokens, dimension].</summary>
    public HeadOperand Query => Part(head => attention.Layout.Query(head));

    /// <summary>Keys [tokens, dimension].</summary>
    public HeadOperand Key => Part(head => attention.Layout.Key(head / attention.Config.HeadsPerKeyValueHead));

    /// <summary>Values [tokens, dimension].</summary>
    public HeadOperand Value => Part(head => attention.Layout.Value(head / attention.Config.HeadsPerKeyValueHead));

    /// <summary>Outputs [tokens, dimension].</summary>
    public HeadOperand Output => new(
        new FloatView(outputs, tokens, attention.Config.HeadDimension, attention.AttendedSize), (long)tokens * attention.AttendedSize, head => (long)head * attention.Config.HeadDimension);

    /// <summary>Scores [tokens, tokens].</summary>
    public HeadOperand Scores => Square(ScoreValues);

    /// <summary>Their gradients [tokens, tokens].</summary>
    public HeadOperand Gradients => Square(GradientValues);

    /// <summary>The same heads of other values.</summary>
    /// <param name="values">Queries, keys and values of the first window, or their gradients.</param>
    public WindowHeads At(float* values) => new(engine, attention, windows, tokens, values, outputs);

    /// <summary>A B of each head.</summary>
    /// <param name="left">A.</param>
    /// <param name="right">B.</param>
    /// <param name="result">A B.</param>
    public void Multiply(HeadOperand left, HeadOperand right, HeadOperand result) =>
        engine.MultiplyHeads(left, right, result, windows, (0, 1, attention.Config.Heads), accumulate: false);

    /// <summary>The sum of A B over the heads that share keys: one head of each group after the other, because products of a batch may not share a result.</summary>
    /// <param name="left">A.</param>
    /// <param name="right">B.</param>
    /// <param name="result">The sums.</param>
    public void MultiplyByGroup(HeadOperand left, HeadOperand right, HeadOperand result)
    {
        int group = attention.Config.HeadsPerKeyValueHead;
        for (int first = 0; first < group; first++)
            engine.MultiplyHeads(left, right, result, windows, (first, group, attention.Config.Heads), accumulate: first > 0);
    }

    private HeadOperand Part(Func<int, long> offset) =>
        new(new FloatView(wide, tokens, attention.Config.HeadDimension, attention.Width), (long)tokens * attention.Width, offset);

    private HeadOperand Square(float* values) =>
        new(new FloatView(values, tokens, tokens), (long)attention.Config.Heads * tokens * tokens, head => (long)head * tokens * tokens);
}
