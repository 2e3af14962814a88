using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Cli.Reports;
using Dropwise.Cuda;
using Dropwise.Inference;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines.Cuda;
using Dropwise.ModelFiles;

namespace Dropwise.Cli.Verbs;

/// <summary>What <c>dropwise verify --device cuda --model FILE</c> does.</summary>
internal static class ModelVerifyCommand
{
    // Products in float32 in another order, through a layer and back.
    private const double LayerLimit = 1e-4;

    // Enough for two tiles of keys, for every kernel of few tokens and for those of many, and seconds on the processor.
    private const int Tokens = 100;

    /// <summary>Checks a model and prints what came out.</summary>
    /// <param name="path">The model.</param>
    /// <param name="gpus">Devices; with more than one they are also checked against one.</param>
    /// <param name="seed">Chooses the text.</param>
    /// <param name="json">Whether to print a document for machines.</param>
    /// <param name="session">Formats, and where to write.</param>
    /// <returns>The exit code.</returns>
    public static int Execute(string path, int gpus, int seed, bool json, CommandSession session)
    {
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new CommandException($"{path}: no such file or folder (--model without a value is the model that comes with Dropwise)");
        CudaLibrary.Require(gpus);

        // The text is random: no tokenizer is needed, and a folder of golden logits has none.
        using ModelSource source = ModelSource.OpenAny(path, session.Formats);
        using ModelWeights weights = WeightLoader.Load(source);
        int length = Math.Min(Tokens, weights.Config.MaximumPositions);
        var random = new Random(seed);
        var verification = new ModelVerification(
            weights, [.. Enumerable.Range(0, length).Select(_ => random.Next(weights.Config.VocabularySize))]);
        List<ModelCheckReport> checks = [];
        using (var processor = new ModelEngine(weights, new EngineChoice(IsCuda: false, 1, Environment.ProcessorCount, Exact: true)))
        using (var device = new ModelEngine(weights, new EngineChoice(IsCuda: true, gpus, Environment.ProcessorCount, Exact: false)))
        {
            checks.AddRange(verification.AgainstProcessor(processor, device, session.Cancellation));
            if (gpus > 1)
            {
                using var one = new ModelEngine(weights, new EngineChoice(IsCuda: true, 1, Environment.ProcessorCount, Exact: false));
                checks.AddRange(verification.AgainstOneDevice(one, device, session.Cancellation));
            }
        }

        if (CudaLibrary.HasBlas) checks.AddRange(CheckLayers(source, length, seed, session.Cancellation));
        return ModelVerifyReport.Finish([.. checks], json, session.Terminal.Output);
    }

    /// <summary>The layers that quantizing and training compute with, there and back: the first and the last, whose forms may differ.</summary>
    private static List<ModelCheckReport> CheckLayers(ModelSource source, int tokens, int seed, CancellationToken cancellation)
    {
        var checks = new List<ModelCheckReport>();
        using CudaContext context = CudaContext.Open();
        using var engine = new CudaEngine(context);
        foreach (int layer in (int[])[0, source.Config.Layers - 1])
        {
            cancellation.ThrowIfCancellationRequested();
            foreach ((string what, double difference) in LayerComparison.Compare(source, layer, tokens, engine, seed))
                checks.Add(new ModelCheckReport(1, $"layer {layer} in float32: {what}", "the processor", difference, LayerLimit));
        }

        return checks;
    }
}
