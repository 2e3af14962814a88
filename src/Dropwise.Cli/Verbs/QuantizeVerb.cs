using System.CommandLine;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Reports;
using Dropwise.Cpu;
using Dropwise.ModelFiles;
using Dropwise.Quantization;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Models;
using Spectre.Console;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise quantize</c>: a model in, one Dropwise file out.</summary>
internal sealed class QuantizeVerb : Verb
{
    private const string RoundToNearest = "rtn";
    private const string Additive = "additive";

    private readonly Argument<string> _model = ModelArgument.Create("model");
    private readonly Option<string> _format = new("--format") { Description = "The format of the linear layers; `dropwise formats` lists them.", Required = true };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The file to write.", Required = true };
    private readonly Option<string?> _method = new("--method")
    {
        Description = "rtn for uniform and lookup formats, additive for codebooks: each format has one so far, and it is the default.",
    };

    private readonly Option<string> _weights = new("--weights")
    {
        Description = "What each level of a nested format counts: uniform, served, or one number a level such as 0.01,1,1,1.",
        DefaultValueFactory = static _ => LevelWeights.Served.Name,
    };

    private readonly Option<string?> _head = new("--head") { Description = "The format of the head; it stays as it is where none is named." };
    private readonly Option<int> _seed = CommonOptions.Seed();
    private readonly Option<int> _threads = CommonOptions.Threads();
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Describes the verb.</summary>
    public QuantizeVerb()
        : base("quantize", "Quantize a model into one file that holds every level.")
    {
        _method.AcceptOnlyFromAmong(RoundToNearest, Additive);
        Add(_model);
        Add(_format);
        Add(_output);
        Add(_method);
        Add(_weights);
        Add(_head);
        Add(_seed);
        Add(_threads);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        string output = parsed.GetRequiredValue(_output);
        if (output.Length == 0) throw new UsageException("--output is empty");
        ModelQuantizationOptions options = ReadOptions(parsed, session);
        string path = parsed.GetRequiredValue(_model);
        using ModelSource source = ModelSource.OpenAny(path, session.Formats);
        if (source is CheckpointReader) throw new CommandException($"{path}: is quantized already; quantize its original");
        ModelSummary summary = ProgressReport.Run(session.Terminal, "quantize", progress =>
            ModelQuantizer.Quantize(source, output, options, state => progress(state.Fraction), session.Cancellation));

        QuantizeReport report = Describe(output, summary);
        if (parsed.GetValue(_json)) ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.QuantizeReport);
        else Print(report, session.Terminal);
        return ExitCodes.Success;
    }

    private ModelQuantizationOptions ReadOptions(ParseResult parsed, CommandSession session)
    {
        FormatRow format = session.Format(parsed.GetRequiredValue(_format));
        string method = format.Descriptor.Kind == CodeKind.Additive ? Additive : RoundToNearest;
        if (parsed.GetValue(_method) is { } asked && asked != method)
            throw new UsageException($"--method {asked}: {format.Descriptor.Name} takes {method}");
        try
        {
            var weights = LevelWeights.Parse(parsed.GetRequiredValue(_weights));
            if (format.Descriptor.Kind == CodeKind.Additive) weights.For(format.Descriptor);
            return new ModelQuantizationOptions
            {
                Format = format,
                HeadFormat = parsed.GetValue(_head) is { } head ? session.Format(head) : null,
                Additive = new AdditiveOptions { LevelWeights = weights, Seed = parsed.GetValue(_seed) },
                Workers = parsed.GetValue(_threads),
            };
        }
        catch (QuantizationException e)
        {
            throw new UsageException($"--weights: {e.Message}");
        }
    }

    private static QuantizeReport Describe(string output, ModelSummary summary) => new(
        output,
        summary.BitsPerWeight[^1],
        [.. summary.BitsPerWeight],
        [.. summary.LevelEnds],
        summary.Elapsed.TotalSeconds,
        [
            .. summary.Tensors.Select(tensor => new QuantizedTensorReport(
                tensor.Name, tensor.Format, tensor.BitsPerWeight[^1], tensor.RelativeError[^1], [.. tensor.RelativeError])),
        ]);

    private static void Print(QuantizeReport report, Terminal terminal)
    {
        Table table = Terminal.Table(">level", ">bits a weight", ">relative error", ">file bytes");
        for (int level = 1; level <= report.LevelBitsPerWeight.Length; level++)
        {
            double error = report.Tensors.Average(tensor => tensor.LevelRelativeErrors[Math.Min(level, tensor.LevelRelativeErrors.Length) - 1]);
            table.AddRow($"{level}", $"{report.LevelBitsPerWeight[level - 1]:0.000}", $"{error:0.0000}", $"{report.LevelEnds[level - 1]:N0}");
        }

        terminal.Show(table);
        terminal.Output.WriteLine($"{report.Output}: {report.Tensors.Length} weights in {report.Seconds:0.0} s");
    }
}
