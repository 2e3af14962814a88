using System.CommandLine;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Cli.Reports;
using Dropwise.Conformance;
using Dropwise.Cuda;
using Dropwise.Cuda.Conformance;
using Dropwise.Inference.Blocks.Engines.Cuda;
using Dropwise.Inference.Verification;
using Dropwise.Quantization;
using Dropwise.Quantization.Verification;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise verify</c>: every kernel against the float64 oracle.</summary>
internal sealed class VerifyVerb : Verb
{
    private const string Everything = "all";
    private const string Kernels = "kernels";
    private const string Unquantized = "unquantized";
    private const string Quantization = "quantization";

    private readonly Option<string[]> _formats = new("--format") { Description = "The formats to check; all where none is named.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string> _device = DeviceOption.Create();
    private readonly Option<string> _part = new("--part")
    {
        Description = "What to check: kernels (of formats, and on a CUDA device of unquantized matrices where no format is named), unquantized (these alone, in seconds), quantization (what quantizing leaves to a CUDA device, beside the processor, in seconds), or all.",
        DefaultValueFactory = static _ => Everything,
    };

    private readonly Option<int> _threads = CommonOptions.Threads(byDefault: 1);
    private readonly Option<int> _seed = CommonOptions.Seed();
    private readonly Option<string?> _model = new("--model")
    {
        Description = "Check a model instead of kernels: its logits on the processor against golden.safetensors beside it, on CUDA devices against the processor; without a value, the model that comes with Dropwise.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<int> _gpus = new("--gpus") { Description = "CUDA devices that share the model.", DefaultValueFactory = static _ => 1 };
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Describes the verb.</summary>
    public VerifyVerb()
        : base("verify", "Every kernel against the float64 oracle, at awkward shapes.")
    {
        Add(_formats);
        Add(_device);
        _part.AcceptOnlyFromAmong(Everything, Kernels, Unquantized, Quantization);
        Add(_part);
        Add(_threads);
        Add(_seed);
        CommonOptions.RequireAtLeast(_gpus, 1);
        Add(_model);
        Add(_gpus);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        bool cuda = DeviceOption.IsCuda(parsed.GetValue(_device));
        int gpus = parsed.GetValue(_gpus);
        if (parsed.GetResult(_model) is not null)
        {
            if (parsed.GetValue(_formats) is { Length: > 0 }) throw new UsageException("--format does not go with --model, whose formats its file names");
            if (!cuda && gpus > 1) throw new UsageException("--gpus needs --device cuda");
            string model = parsed.GetValue(_model) ?? DefaultModel.Find();
            return cuda
                ? ModelVerifyCommand.Execute(model, gpus, parsed.GetValue(_seed), parsed.GetValue(_json), session)
                : GoldenVerifyCommand.Execute(model, parsed.GetValue(_threads), parsed.GetValue(_json), session);
        }

        if (gpus > 1) throw new UsageException("--gpus needs --model: kernels are checked on one device");
        string part = parsed.GetValue(_part)!;
        if (part is Quantization or Unquantized && !cuda) throw new UsageException($"--part {part} needs --device cuda: it is the processor that a device is held beside");
        string[] names = [.. (parsed.GetValue(_formats) ?? []).Select(name => session.Format(name).Descriptor.Name)];
        if (part is Quantization or Unquantized && names.Length != 0) throw new UsageException($"--part {part} is of no format; leave --format out");
        var options = new ConformanceOptions { Formats = names, Workers = parsed.GetValue(_threads), Seed = parsed.GetValue(_seed) };
        using CudaContext? device = cuda ? DeviceOption.Open() : null;
        int formats = names.Length == 0 ? session.Formats.Rows.Length : names.Length;
        var suite = new List<(int Formats, Action<Action<ConformanceResult>> Run)>();
        if (device is null)
        {
            suite.Add((formats, report => ConformanceSuite.Run(session.Formats, options, report)));
        }
        else
        {
            // A format that is named stands for itself alone.
            bool all = part == Everything && names.Length == 0;
            if (all || part == Quantization) suite.Add((1, report => CheckQuantization(device, options, session, report)));
            if (all || part == Unquantized || (part == Kernels && names.Length == 0)) suite.Add((DenseConformance.Types.Length, report => CheckUnquantized(device, options.Seed, report)));
            if (part is Everything or Kernels) suite.Add((formats, report => DeviceConformance.Run(device, session.Formats, options, report)));
        }

        List<ConformanceResult> results = ProgressReport.Run(session.Terminal, "verify", progress => Check(suite, session, progress));
        VerifyReport report = Describe(results);
        if (parsed.GetValue(_json)) ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.VerifyReport);
        else Print(report, session.Terminal.Output);
        return report.Failed == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }

    // What quantizing with calibration text leaves to a device, which is of no format.
    private static void CheckQuantization(CudaContext device, ConformanceOptions options, CommandSession session, Action<ConformanceResult> report)
    {
        if (!CudaBlas.IsPresent)
        {
            report(new ConformanceResult { Check = Quantization, Format = Quantization, Outcome = ConformanceOutcome.Skipped, Reason = "cuBLAS is not installed" });
            return;
        }

        using var engine = new CudaEngine(device);
        var run = new QuantizationRun(options.Workers, session.Cancellation);
        new DeviceQuantization(engine, check => report(new ConformanceResult
        {
            Check = check.Name,
            Format = Quantization,
            Error = check.Error,
            Limit = check.Limit,
            Outcome = check.Error <= check.Limit ? ConformanceOutcome.Passed : ConformanceOutcome.Failed,
            Reason = check.Error <= check.Limit ? "" : "the device and the processor differ",
        }), run).Run(options.Seed);
    }

    // Products of matrices that stay as they are in a file, and rows of embeddings.
    private static void CheckUnquantized(CudaContext device, int seed, Action<ConformanceResult> report) => DenseConformance.Run(device, seed, check =>
    {
        string name = check.Type.ToString().ToLowerInvariant();
        bool passed = check.Error <= check.Limit;
        report(new ConformanceResult
        {
            Check = $"{name} {check.Name}",
            Format = name,
            Rows = check.Rows,
            Columns = check.Columns,
            Tokens = check.Tokens,
            Error = check.Error,
            Limit = check.Limit,
            Outcome = check.Skipped.Length != 0 ? ConformanceOutcome.Skipped : passed ? ConformanceOutcome.Passed : ConformanceOutcome.Failed,
            Reason = check.Skipped.Length != 0 ? check.Skipped : passed ? "" : check.Limit == 0 ? $"{check.Error} elements differ" : "outside of its error class",
        });
    });

    private static List<ConformanceResult> Check(List<(int Formats, Action<Action<ConformanceResult>> Run)> suite, CommandSession session, Action<double> progress)
    {
        // Formats are checked one after the other, so that those behind say how far the suite is.
        double all = suite.Sum(static part => part.Formats);
        var seen = new HashSet<string>();
        var results = new List<ConformanceResult>();
        foreach ((_, Action<Action<ConformanceResult>> run) in suite)
        {
            run(result =>
            {
                session.Cancellation.ThrowIfCancellationRequested();
                results.Add(result);
                if (seen.Add(result.Format)) progress((seen.Count - 1) / all);
            });
        }

        return results;
    }

    private static VerifyReport Describe(List<ConformanceResult> results)
    {
        int Count(ConformanceOutcome outcome) => results.Count(result => result.Outcome == outcome);
        ConformanceResult? worst = results.Where(result => result.Limit > 0).MaxBy(PartOfLimit);
        return new VerifyReport(
            Count(ConformanceOutcome.Passed),
            Count(ConformanceOutcome.Failed),
            Count(ConformanceOutcome.Skipped),
            worst is null ? 0 : PartOfLimit(worst),
            worst?.ToString() ?? "",
            [.. results.Where(result => result.Outcome == ConformanceOutcome.Failed).Select(result => result.ToString())]);
    }

    private static double PartOfLimit(ConformanceResult result) => result.Error / result.Limit;

    private static void Print(VerifyReport report, TextWriter output)
    {
        foreach (string failure in report.Failures) output.WriteLine(failure);
        output.WriteLine($"{report.Passed} passed, {report.Failed} failed, {report.Skipped} skipped; worst: {report.Worst:0.00} of what is allowed, {report.WorstCheck}");
    }
}
