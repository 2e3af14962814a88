using Dropwise.Cpu;
using Dropwise.Cuda;

namespace Dropwise.Inference.Blocks.Engines.Cuda;

/// <content>Norms and rotary positions of heads.</content>
public sealed unsafe partial class CudaEngine
{
    private readonly Dictionary<RopeTable, (FloatMemory Cosines, FloatMemory Sines)> _ropes = [];

    /// <inheritdoc/>
    public override void TurnHeads(BlockAttention attention, float* wide, TokenBatch batch)
    {
        NormalizeHeads(attention, wide, batch, attention.QueryNorm, isKeys: false);
        NormalizeHeads(attention, wide, batch, attention.KeyNorm, isKeys: true);
        Turn(attention, wide, batch, 1);
    }

    /// <inheritdoc/>
    public override void TurnHeadsBack(
        BlockAttention attention, float* projected, float* dwide, TokenBatch batch, NormWeights? queryGradient, NormWeights? keyGradient)
    {
        Turn(attention, dwide, batch, -1);
        NormalizeHeadsBack(attention, projected, dwide, batch, attention.QueryNorm, queryGradient, isKeys: false);
        NormalizeHeadsBack(attention, projected, dwide, batch, attention.KeyNorm, keyGradient, isKeys: true);
    }

    private void Turn(BlockAttention attention, float* wide, TokenBatch batch, float sign)
    {
        (FloatMemory cosines, FloatMemory sines) = Rope(attention.Rope, attention.Config.HeadDimension / 2);
        HeadRows rows = Rows(attention, wide, batch) with { Cosines = (nint)cosines.Pointer, Sines = (nint)sines.Pointer, Sign = sign };
        LaunchHeads("turn_heads", rows, batch, attention.Config.Heads + attention.Config.KeyValueHeads);
    }

    private void NormalizeHeads(BlockAttention attention, float* wide, TokenBatch batch, BlockNorm? norm, bool isKeys)
    {
        if (norm is null) return;
        HeadRows rows = Rows(attention, wide, batch, isKeys) with
        {
            Weight = Argument<float>(norm.Weights.Weight),
            Bias = norm.Weights.Bias is { } bias ? Argument<float>(bias) : 0,
            Epsilon = norm.Epsilon,
        };
        LaunchHeads("norm_heads", rows, batch, Count(attention, isKeys));
    }

    private void NormalizeHeadsBack(
        BlockAttention attention, float* projected, float* dwide, TokenBatch batch, BlockNorm? norm, NormWeights? gradient, bool isKeys)
    {
        if (norm is null) return;
        int heads = Count(attention, isKeys), dimension = attention.Config.HeadDimension, count = batch.Count * heads;
        using FloatMemory inputs = Allocate((long)count * dimension), gradients = Allocate((long)count * dimension);
        LaunchHeads("copy_heads_out", Rows(attention, projected, batch, isKeys) with { Copies = (nint)inputs.Pointer }, batch, heads);
        HeadRows rows = Rows(attention, dwide, batch, isKeys) with { Copies = (nint)gradients.Pointer };
        LaunchHeads("copy_heads_out", rows, batch, heads);
        NormalizeBack(norm, inputs.View(count, dimension), gradients.View(count, dimension), gradient!);
        LaunchHeads("copy_heads_back", rows, batch, heads);
    }

    private static int Count(BlockAttention attention, bool isKeys) => isKeys ? attention.Config.KeyValueHeads : attention.Config.Heads;

    private static HeadRows Rows(BlockAttention attention, float* wide, TokenBatch batch, bool isKeys = false) => new()
    {
        Wide = (nint)wide,
        Width = attention.Width,
        Heads = attention.Config.Heads,
        KeyHeads = attention.Config.KeyValueHeads,
        Dimension = attention.Config.HeadDimension,
        ByGroup = attention.Layout.IsByGroup ? 1 : 0,
        Interleaved = attention.Rope.IsInterleaved ? 1 : 0,
        Tokens = batch.Tokens,
        Position = batch.First,
        First = isKeys ? attention.Config.Heads : 0,
    };

    private void LaunchHeads(string kernel, HeadRows rows, TokenBatch batch, int heads) =>
        LaunchWith(kernel, new LaunchShape(batch.Count, HeadThreads) { BlocksY = heads }, rows);

    private (FloatMemory Cosines, FloatMemory Sines) Rope(RopeTable table, int pairs)
    {
        if (_ropes.TryGetValue(table, out (FloatMemory, FloatMemory) known)) return known;
        int count = table.Filled * pairs;
        (FloatMemory Cosines, FloatMemory Sines) copy = (Allocate(count), Allocate(count));
        Write(new ReadOnlySpan<float>(table.Cosines(0), count), copy.Cosines.Pointer);
        Write(new ReadOnlySpan<float>(table.Sines(0), count), copy.Sines.Pointer);
        _ropes.Add(table, copy);
        return copy;
    }
}
