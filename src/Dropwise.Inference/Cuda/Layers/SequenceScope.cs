using Dropwise.Cuda;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Cuda;

/// <summary>What the parts of a layer launch their kernels with: one sequence on one device.</summary>
internal sealed class SequenceScope
{
    /// <summary>The model on the device.</summary>
    public required DeviceModel Model { get; init; }

    /// <summary>The memory of the sequence.</summary>
    public required SequenceBuffers Buffers { get; init; }

    /// <summary>Who holds what.</summary>
    public required ShardPlan Plan { get; init; }

    /// <summary>The device's place in the plan.</summary>
    public required int Rank { get; init; }

    /// <summary>What connects the devices; null for one.</summary>
    public required NcclGroup? Group { get; init; }

    /// <summary>Positions of the cache.</summary>
    public required int Context { get; init; }

    /// <summary>The device.</summary>
    public DeviceEngine Engine => Model.Engine;

    /// <summary>The shape of the whole model.</summary>
    public ModelConfig Config => Model.Config;

    /// <summary>Whether a layer's two parts read the same stream and are added to it together.</summary>
    public bool IsParallel => Config.Structure is LayerStructure.Parallel or LayerStructure.ParallelTwoNorms;

    /// <summary>
    /// Whether attention adds to <see cref="SequenceBuffers.Projection"/>. Where that is the residual stream itself, the first device adds its part to it and
    /// the others write only theirs: the sum over the devices is the new stream.
    /// </summary>
    public bool AttentionAdds => Config.Structure == LayerStructure.Sequential && Rank == 0;

    /// <summary>Whether the feed-forward network adds to <see cref="SequenceBuffers.Projection"/>, which may hold attention's result already.</summary>
    public bool FeedForwardAdds => IsParallel || AttentionAdds;

    /// <summary>Normalizes the residual stream into what a site's products read, and multiplies.</summary>
    /// <param name="site">The matrices.</param>
    /// <param name="norm">The norm.</param>
    /// <param name="first">The first token, counted from the batch's start.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="level">The level.</param>
    /// <param name="outputs">The address of each matrix's outputs.</param>
    public void MultiplyNormed(ProductSite site, DeviceNorm norm, int first, int tokens, int level, params ReadOnlySpan<nint> outputs)
    {
        nint x = Buffers.Residual.Pointer + ((nint)first * Config.HiddenSize * sizeof(float));
        if (norm.Bias is null) site.Multiply(Engine, Buffers.Activations, RootMeanSquare(norm, x), tokens, level, outputs);
        else site.Multiply(Engine, Buffers.Activations, OfLayer(norm, x), tokens, level, outputs);
    }

    /// <summary>Normalizes the residual stream into plain float32.</summary>
    /// <param name="norm">The norm.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="output">The address of [tokens][hidden rounded up to 512] float32.</param>
    public void Normalize(DeviceNorm norm, int tokens, nint output)
    {
        var form = new ActivationFormArguments
        {
            XFloat = output,
            Kind = ActivationFormKind.Float32,
            RotationBlock = 1,
            Columns = Config.HiddenSize,
            PaddedColumns = DeviceActivations.PaddedColumns(Config.HiddenSize),
            Tokens = tokens,
        };
        if (norm.Bias is null) Engine.Model.MakeForm(Engine.Stream, RootMeanSquare(norm, Buffers.Residual.Pointer), form);
        else Engine.Model.MakeForm(Engine.Stream, OfLayer(norm, Buffers.Residual.Pointer), form);
    }

    /// <summary>Brings what <see cref="SequenceBuffers.Projection"/> holds, a part of it on each device, into the residual stream.</summary>
    /// <param name="join">What happens to it on the way.</param>
    /// <param name="tokens">Tokens.</param>
    public void Join(DeviceJoin join, int tokens)
    {
        Group?.AllReduce(Rank, Engine.Stream, Buffers.Projection.Pointer, (long)tokens * Config.HiddenSize);
        bool isApart = Config.Structure != LayerStructure.Sequential;
        if (!isApart && join.Bias is null) return;
        Engine.Model.UpdateResidual(
            Engine.Stream,
            new ResidualArguments
            {
                Y = Buffers.Residual.Pointer,
                X = isApart ? Buffers.Projection.Pointer : 0,
                Bias = join.Bias?.Pointer ?? 0,
                Weight = join.Norm?.Weight.Pointer ?? 0,
                NormBias = join.Norm?.Bias?.Pointer ?? 0,
                Columns = Config.HiddenSize,
                Epsilon = (float)Config.Norm.Epsilon,
            },
            tokens);
    }

    /// <summary>Adds a bias to the outputs of a product.</summary>
    /// <param name="output">The address of [tokens][columns] float32.</param>
    /// <param name="bias">Float32 [columns], or null where nothing is added.</param>
    /// <param name="columns">Elements of a token.</param>
    /// <param name="tokens">Tokens.</param>
    public void AddBias(nint output, DeviceBuffer? bias, int columns, int tokens)
    {
        if (bias is not null) Engine.Model.UpdateResidual(Engine.Stream, new ResidualArguments { Y = output, Bias = bias.Pointer, Columns = columns }, tokens);
    }

    private NormArguments RootMeanSquare(DeviceNorm norm, nint x) => new() { X = x, Weight = norm.Weight.Pointer, Epsilon = (float)Config.Norm.Epsilon };

    private LayerNormArguments OfLayer(DeviceNorm norm, nint x) =>
        new() { X = x, Weight = norm.Weight.Pointer, Bias = norm.Bias!.Pointer, Epsilon = (float)Config.Norm.Epsilon };
}
