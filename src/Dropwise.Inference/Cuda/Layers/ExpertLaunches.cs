using Dropwise.Cuda;

namespace Dropwise.Inference.Cuda;

/// <summary>
/// Puts a mixture of experts into the device's stream. One token's experts are chosen and multiplied with where they are numbered, in device memory, so
/// that a captured graph reads the weights of whichever experts a token needs; of many tokens the host learns the choice and goes expert by expert.
/// </summary>
/// <param name="scope">The sequence.</param>
/// <param name="buffers">Memory for the choice.</param>
internal sealed class ExpertLaunches(SequenceScope scope, DeviceExpertBuffers buffers)
{
    private readonly DeviceEngine _engine = scope.Engine;

    /// <summary>Runs a batch through the experts that each token chooses.</summary>
    /// <param name="mixture">The layer's mixture.</param>
    /// <param name="norm">The norm before it.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="level">The level.</param>
    public void Run(DeviceMixture mixture, DeviceNorm norm, int tokens, int level)
    {
        scope.Normalize(norm, tokens, buffers.Normed.Pointer);
        _engine.Model.Score(
            _engine.Stream,
            new RouterArguments
            {
                X = buffers.Normed.Pointer,
                Weight = mixture.Router.Pointer,
                Scores = buffers.Scores.Pointer,
                Stride = buffers.Stride,
                Columns = scope.Config.HiddenSize,
                Experts = mixture.Config.Count,
            },
            tokens);
        _engine.Model.Choose(
            _engine.Stream,
            new ChoiceArguments
            {
                Scores = buffers.Scores.Pointer,
                Chosen = buffers.Chosen.Pointer,
                Weights = buffers.Weights.Pointer,
                Experts = mixture.Config.Count,
                Used = mixture.Config.Used,
                Normalized = mixture.Config.Normalized ? 1 : 0,
            },
            tokens);
        if (tokens == 1) RunChosen(mixture, level);
        else RunSorted(mixture, tokens, level);
    }

    /// <summary>Results are added up in the order of the choice, as on the processor.</summary>
    private void RunChosen(DeviceMixture mixture, int level)
    {
        int used = mixture.Config.Used;
        DeviceFeedForward any = mixture.Experts[0];
        PlaceArguments input = Input(mixture, 0);
        Multiply(any.Inputs.Matrices[0], mixture.Gates, input, 0, used, scope.Buffers.Gate.Pointer, mixture.Inner, level, add: false);
        Multiply(any.Inputs.Matrices[1], mixture.Ups, input, 0, used, scope.Buffers.Up.Pointer, mixture.Inner, level, add: false);
        for (int i = 0; i < used; i++)
        {
            nint row = (nint)i * mixture.Inner * sizeof(float);
            var active = new ExpertGateArguments
            {
                Gate = scope.Buffers.Gate.Pointer + row,
                Up = scope.Buffers.Up.Pointer + row,
                Weights = buffers.Weights.Pointer + (i * sizeof(float)),
            };
            Multiply(any.Down.Matrices[0], mixture.Downs, active, i, 1, scope.Buffers.Projection.Pointer, 0, level, add: i > 0 || scope.FeedForwardAdds);
        }
    }

    /// <summary>Multiplies one input with the matrices of some of a token's experts.</summary>
    /// <param name="like">Any of the matrices.</param>
    /// <param name="table">The matrices of all experts.</param>
    /// <param name="input">Where the input comes from.</param>
    /// <param name="first">The first of the token's experts, counted from 0.</param>
    /// <param name="count">Experts.</param>
    /// <param name="output">The address of the first expert's outputs.</param>
    /// <param name="stride">Floats from one expert's outputs to the next one's.</param>
    /// <param name="level">The level.</param>
    /// <param name="add">Whether products are added to the outputs.</param>
    private void Multiply<T>(DeviceWeights like, MatrixTable table, in T input, int first, int count, nint output, int stride, int level, bool add)
        where T : unmanaged, IFormArguments
    {
        ActivationFormArguments form = like is PackedWeights packed
            ? scope.Buffers.Activations.FormFor(packed.Matrix, 1)
            : scope.Buffers.Activations.Form(ActivationFormKind.Float32, 1, like.Columns, 0, null);
        _engine.Model.MakeForm(_engine.Stream, input, form);
        Span<ChosenProduct> products = new ChosenProduct[ProductArguments.MaxMatrices];
        for (int start = 0; start < count; start += ProductArguments.MaxMatrices)
        {
            Span<ChosenProduct> some = products[..Math.Min(ProductArguments.MaxMatrices, count - start)];
            for (int i = 0; i < some.Length; i++)
            {
                some[i] = new ChosenProduct(
                    table, buffers.Chosen.Pointer + ((first + start + i) * sizeof(int)), output + ((nint)(start + i) * stride * sizeof(float)));
            }

            if (like is DenseWeights dense) _engine.Dense.MultiplyChosen(_engine.Stream, dense.Type, form, some, add);
            else _engine.Products.MultiplyChosen(_engine.Stream, Math.Min(level, like.Levels), form, some, add);
        }
    }

    /// <summary>Each expert takes all tokens that chose it at once.</summary>
    private void RunSorted(DeviceMixture mixture, int tokens, int level)
    {
        nint target = scope.Buffers.Projection.Pointer;
        if (!scope.FeedForwardAdds) _engine.Stream.Fill(target, 0, (long)tokens * scope.Config.HiddenSize * sizeof(float));
        ReadOnlySpan<int> ends = buffers.Sort(_engine.Stream, mixture.Config, tokens);
        for (int expert = 0; expert < ends.Length; expert++)
        {
            int start = expert == 0 ? 0 : ends[expert - 1], rows = ends[expert] - start;
            if (rows == 0) continue;
            DeviceFeedForward network = mixture.Experts[expert];
            nint places = buffers.Places.Pointer + (start * sizeof(int)), gate = scope.Buffers.Gate.Pointer, up = scope.Buffers.Up.Pointer;
            network.Inputs.Multiply(_engine, scope.Buffers.Activations, Input(mixture, places), rows, level, [gate, up]);
            var active = new ExpertGateArguments { Gate = gate, Up = up, Weights = buffers.Weights.Pointer, Places = places };
            network.Down.Multiply(_engine, scope.Buffers.Activations, active, rows, level, [buffers.Outputs.Pointer]);
            _engine.Model.Scatter(
                _engine.Stream,
                new ScatterArguments { Y = target, X = buffers.Outputs.Pointer, Places = places, Used = mixture.Config.Used, Columns = scope.Config.HiddenSize },
                rows);
        }
    }

    private PlaceArguments Input(DeviceMixture mixture, nint places) =>
        new() { X = buffers.Normed.Pointer, Places = places, Used = mixture.Config.Used, Stride = buffers.Stride };
}
