using Dropwise.Cuda;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Cuda;

/// <summary>Puts the attention of a layer into the device's stream, up to its result in <see cref="SequenceBuffers.Projection"/>.</summary>
internal sealed class AttentionLaunches
{
    private readonly SequenceScope _scope;
    private readonly DeviceEngine _engine;
    private readonly SequenceBuffers _buffers;
    private readonly int _heads;
    private readonly int _keyHeads;
    private readonly float _scale;
    private readonly float _cap;
    private readonly bool _preparesHeads;

    /// <summary>Looks up what does not change.</summary>
    /// <param name="scope">The sequence.</param>
    public AttentionLaunches(SequenceScope scope)
    {
        (_scope, _engine, _buffers) = (scope, scope.Engine, scope.Buffers);
        _heads = scope.Plan.Heads(scope.Rank);
        _keyHeads = scope.Plan.KeyValueHeads(scope.Rank);

        // Scores are exponents of two on the device, where e^x is 2^(x log2 e); their bound is multiplied alike.
        _scale = (float)(Math.Log2(Math.E) * scope.Config.AttentionScale);
        _cap = (float)(Math.Log2(Math.E) * (scope.Config.AttentionLogitCap ?? 0));
        _preparesHeads = DeviceArchitecture.PreparesHeads(scope.Config);
    }

    /// <summary>Attends with a batch.</summary>
    /// <param name="index">The layer, from 0.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="level">The level.</param>
    public void Run(int index, int tokens, int level)
    {
        DeviceLayer layer = _scope.Model.Layers[index];
        bool isFew = tokens <= DeviceActivations.MaxSplitTokens;
        ReadOnlySpan<nint> outputs = [_buffers.Fused.Pointer, _buffers.Keys.Pointer, _buffers.Values.Pointer];
        _scope.MultiplyNormed(layer.Attention, layer.AttentionNorm, 0, tokens, level, outputs[..layer.Attention.Matrices.Count]);
        if (tokens == 1 && !_preparesHeads) AttendOne(index);
        else
        {
            if (_preparesHeads) _engine.Model.PrepareHeads(_engine.Stream, Heads(index), tokens);
            else StoreKeys(index, tokens);
            if (isFew) _engine.Model.AttendSplit(_engine.Stream, Few(index), tokens, _buffers.Splits);
            else AttendMany(index, tokens);
        }

        if (isFew) Project(layer.AttentionOutput, Splits(layer), tokens, level);
        else Project(layer.AttentionOutput, new ValueArguments { Values = _buffers.Attended.Pointer }, tokens, level);
    }

    private void Project<T>(ProductSite site, in T input, int tokens, int level)
        where T : unmanaged, IFormArguments =>
        site.Multiply(_engine, _buffers.Activations, input, tokens, level, [_buffers.Projection.Pointer], _scope.AttentionAdds);

    /// <summary>Attends with one token, whose key and value the kernel itself turns and stores: a launch less in every layer.</summary>
    private void AttendOne(int layer) => _engine.Model.AttendSplit(
        _engine.Stream,
        Few(layer) with
        {
            Keys = _buffers.Keys.Pointer,
            Values = _buffers.Values.Pointer,
            Cosines = _buffers.Ropes[layer].Cosines.Pointer,
            Sines = _buffers.Ropes[layer].Sines.Pointer,
        },
        1,
        _buffers.Splits);

    private void AttendMany(int layer, int tokens) => _engine.Model.Attend(
        _engine.Stream,
        new PrefillAttentionArguments
        {
            Queries = _buffers.Queries.Pointer,
            KeyCache = _buffers.KeyCaches[layer].Pointer,
            ValueCache = _buffers.ValueCaches[layer].Pointer,
            Output = _buffers.Attended.Pointer,
            Position = _buffers.State.Pointer,
            Tokens = tokens,
            Heads = _heads,
            KeyValueHeads = _keyHeads,
            Context = _scope.Context,
            Scale = _scale,
            Window = _scope.Model.Layers[layer].Window,
            Cap = _cap,
        });

    private void StoreKeys(int layer, int tokens) => _engine.Model.StoreKeys(
        _engine.Stream,
        new RopeArguments
        {
            Queries = _buffers.Queries.Pointer,
            Keys = _buffers.Keys.Pointer,
            Values = _buffers.Values.Pointer,
            KeyCache = _buffers.KeyCaches[layer].Pointer,
            ValueCache = _buffers.ValueCaches[layer].Pointer,
            Cosines = _buffers.Ropes[layer].Cosines.Pointer,
            Sines = _buffers.Ropes[layer].Sines.Pointer,
            Position = _buffers.State.Pointer,
            Heads = _heads,
            KeyValueHeads = _keyHeads,
            Context = _scope.Context,
        },
        tokens);

    private HeadArguments Heads(int index)
    {
        DeviceHeads heads = _scope.Model.Layers[index].Heads;
        DeviceRope rope = _buffers.Ropes[index];
        int dimension = _scope.Config.HeadDimension, group = _scope.Config.HeadsPerKeyValueHead;
        var arguments = new HeadArguments
        {
            Queries = _buffers.Queries.Pointer,
            Keys = _buffers.Keys.Pointer,
            Values = _buffers.Values.Pointer,
            QueryBias = heads.QueryBias?.Pointer ?? 0,
            KeyBias = heads.KeyBias?.Pointer ?? 0,
            ValueBias = heads.ValueBias?.Pointer ?? 0,
            QueryWeight = heads.QueryNorm?.Pointer ?? 0,
            KeyWeight = heads.KeyNorm?.Pointer ?? 0,
            Turned = _buffers.Queries.Pointer,
            KeyCache = _buffers.KeyCaches[index].Pointer,
            ValueCache = _buffers.ValueCaches[index].Pointer,
            Cosines = rope.Cosines.Pointer,
            Sines = rope.Sines.Pointer,
            Position = _buffers.State.Pointer,
            Heads = _heads,
            KeyValueHeads = _keyHeads,
            Context = _scope.Context,
            QueryTokenStride = _heads * dimension,
            KeyTokenStride = _keyHeads * dimension,
            QueryGroupStride = group * dimension,
            KeyHeadStride = dimension,
            Neighbours = rope.Neighbours ? 1 : 0,
            Epsilon = (float)_scope.Config.Norm.Epsilon,
        };
        if (_scope.Config.QueryKeyValue != QueryKeyValueLayout.FusedByGroup) return arguments;

        // A group is its query heads, their key and their value; what is added to them lies in the same order.
        int key = group * dimension * sizeof(float), value = key + (dimension * sizeof(float)), groupElements = (group + 2) * dimension;
        nint fused = _buffers.Fused.Pointer, bias = arguments.QueryBias;
        return arguments with
        {
            Queries = fused,
            Keys = fused + key,
            Values = fused + value,
            KeyBias = bias == 0 ? 0 : bias + key,
            ValueBias = bias == 0 ? 0 : bias + value,
            QueryTokenStride = _keyHeads * groupElements,
            KeyTokenStride = _keyHeads * groupElements,
            QueryGroupStride = groupElements,
            KeyHeadStride = groupElements,
        };
    }

    private DecodeAttentionArguments Few(int layer) => new()
    {
        Queries = _buffers.Queries.Pointer,
        KeyCache = _buffers.KeyCaches[layer].Pointer,
        ValueCache = _buffers.ValueCaches[layer].Pointer,
        Partial = _buffers.Partial.Pointer,
        Statistics = _buffers.Statistics.Pointer,
        Position = _buffers.State.Pointer,
        Heads = _heads,
        KeyValueHeads = _keyHeads,
        Context = _scope.Context,
        Scale = _scale,
        Window = _scope.Model.Layers[layer].Window,
        Cap = _cap,
    };

    private CombineArguments Splits(DeviceLayer layer) => new()
    {
        Partial = _buffers.Partial.Pointer,
        Statistics = _buffers.Statistics.Pointer,
        Position = _buffers.State.Pointer,
        Heads = _heads,
        Splits = _buffers.Splits,
        Window = layer.Window,
    };
}
