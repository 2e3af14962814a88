using Dropwise.Cuda;

namespace Dropwise.Inference.Cuda;

/// <summary>Puts the feed-forward network of a layer into the device's stream, up to its result in <see cref="SequenceBuffers.Projection"/>.</summary>
/// <param name="scope">The sequence.</param>
internal sealed class FeedForwardLaunches(SequenceScope scope)
{
    private readonly ExpertLaunches? _experts = scope.Buffers.Experts is { } buffers ? new ExpertLaunches(scope, buffers) : null;

    /// <summary>Runs a batch through the network.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="level">The level.</param>
    public void Run(DeviceLayer layer, int tokens, int level)
    {
        if (layer.Experts is { } mixture) _experts!.Run(mixture, layer.FeedForwardNorm, tokens, level);
        else Run(layer.FeedForward!, layer.FeedForwardNorm, tokens, level);
    }

    private void Run(DeviceFeedForward network, DeviceNorm norm, int tokens, int level)
    {
        nint gate = scope.Buffers.Gate.Pointer, up = scope.Buffers.Up.Pointer;
        int inner = network.Down.Matrices[0].Columns;
        if (!scope.Config.IsGated)
        {
            scope.MultiplyNormed(network.Inputs, norm, 0, tokens, level, up);
            scope.AddBias(up, network.UpBias, inner, tokens);
            Down(network.Down, new ActiveArguments { Up = up }, tokens, level);
            return;
        }

        scope.MultiplyNormed(network.Inputs, norm, 0, tokens, level, gate, up);
        scope.AddBias(gate, network.GateBias, inner, tokens);
        scope.AddBias(up, network.UpBias, inner, tokens);
        Down(network.Down, new GateArguments { Gate = gate, Up = up }, tokens, level);
    }

    private void Down<T>(ProductSite site, in T input, int tokens, int level)
        where T : unmanaged, IFormArguments =>
        site.Multiply(scope.Engine, scope.Buffers.Activations, input, tokens, level, [scope.Buffers.Projection.Pointer], scope.FeedForwardAdds);
}
