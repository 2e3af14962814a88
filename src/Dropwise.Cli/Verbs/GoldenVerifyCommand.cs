using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Cli.Reports;
using Dropwise.Inference;
using Dropwise.ModelFiles;

namespace Dropwise.Cli.Verbs;

/// <summary>What <c>dropwise verify --model FOLDER</c> does on the processor: the model against logits that lie beside it.</summary>
internal static class GoldenVerifyCommand
{
    // What float32 sums in another order may differ by, absolutely, where logits have a spread of about one.
    private const double Limit = 1e-4;

    // Every place of a short text is tried; of a long one as many, evenly spread.
    private const int MostCuts = 64;

    /// <summary>Checks a model and prints what came out.</summary>
    /// <param name="path">A folder that holds golden.safetensors, or a model file in one.</param>
    /// <param name="threads">Threads to use.</param>
    /// <param name="json">Whether to print a document for machines.</param>
    /// <param name="session">Formats, and where to write.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="ModelFileException">A file is missing or broken; the message names it.</exception>
    public static int Execute(string path, int threads, bool json, CommandSession session)
    {
        string goldenPath = Path.Combine(File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path, GoldenLogits.FileName);
        using ModelSource source = ModelSource.OpenAny(path, session.Formats);
        if (!File.Exists(goldenPath))
            throw new ModelFileException(path, $"has no {GoldenLogits.FileName} beside it, whose logits the model's would be compared with; --device cuda compares with the processor");
        using ModelWeights weights = WeightLoader.Load(source);
        using GoldenLogits golden = GoldenLogits.Open(goldenPath, weights.Config.VocabularySize);
        using var engine = new ModelEngine(weights, new EngineChoice(IsCuda: false, 1, threads, Exact: true));
        using Session sequence = engine.NewSession(golden.Length, weights.Levels);
        ModelCheckReport[] checks = ProgressReport.Run(
            session.Terminal, "verify", progress => Check(new GoldenComparison(golden, sequence), golden.Length, sequence.Level, session.Cancellation, progress));
        return ModelVerifyReport.Finish(checks, json, session.Terminal.Output);
    }

    private static ModelCheckReport[] Check(GoldenComparison comparison, int length, int level, CancellationToken cancellation, Action<double> progress)
    {
        int cuts = Math.Min(length - 1, MostCuts);
        var checks = new List<ModelCheckReport>();
        Add("at once");
        if (length > 1) Add("token by token", [.. Enumerable.Range(1, length - 1)]);
        for (int i = 1; i <= cuts; i++)
        {
            int cut = (int)((long)i * length / (cuts + 1));
            Add($"cut at {cut}", cut);
        }

        return [.. checks];

        void Add(string check, params int[] places)
        {
            cancellation.ThrowIfCancellationRequested();
            checks.Add(new ModelCheckReport(level, check, GoldenLogits.FileName, comparison.Worst(places), Limit));
            progress((double)checks.Count / (cuts + 2));
        }
    }
}
