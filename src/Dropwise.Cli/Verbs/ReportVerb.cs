using System.CommandLine;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Cli.Pages;
using Dropwise.Cli.Reports;
using Dropwise.ModelFiles;
using Dropwise.Quantization;
using Dropwise.Quantization.Analysis;
using Dropwise.Quantization.Recipes;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise report</c>: one page about a quantized model.</summary>
internal sealed class ReportVerb : Verb
{
    // As `eval` has it.
    private const int DefaultContext = 512;

    private readonly Argument<string> _model = new("file") { Description = "The quantized model." };
    private readonly Option<string?> _output = new("--output", "-o") { Description = "The page to write; the model's name with .html in its place where none is named." };
    private readonly Option<string?> _reference = new("--reference") { Description = "The model that it was made of: errors are computed anew, and the original weights and perplexity are shown." };
    private readonly Option<string?> _text = new("--text") { Description = "A text to measure every level with." };
    private readonly Option<int?> _context = new("--context") { Description = $"With --text: tokens of a window, {DefaultContext} where none is named." };
    private readonly Option<int?> _windows = new("--windows") { Description = "With --text: the most windows; all where none is named." };
    private readonly Option<string?> _recipe = CommonOptions.ServedRecipe();
    private readonly Option<string?> _summary = new("--summary") { Description = "What quantize printed with --json: it has the time of each stage." };
    private readonly EngineOptions _engine;
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Describes the verb.</summary>
    public ReportVerb()
        : base("report", "Write one HTML page about a quantized model: errors, weights, perplexity, bits.")
    {
        CommonOptions.RequireAtLeast(_context, 2);
        CommonOptions.RequireAtLeast(_windows, 1);
        Add(_model);
        Add(_output);
        Add(_reference);
        Add(_text);
        Add(_context);
        Add(_windows);
        Add(_recipe);
        Add(_summary);
        _engine = new EngineOptions(this);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        CommonOptions.RefuseWithout(parsed, _text, _context, _windows);
        EngineChoice choice = _engine.Read(parsed);
        string path = parsed.GetRequiredValue(_model), output = Output(parsed, path);
        QuantizationTimes? times = parsed.GetValue(_summary) is { } summary ? QuantizationTimes.Read(summary) : null;
        using ModelSource model = ModelSource.OpenAny(path, session.Formats);
        if (model.Matrices.Count == 0) throw new CommandException($"{path}: is not quantized, so there is nothing to report");
        PageFigures figures = Look(parsed, model, choice, times, session);
        OutputFile.Write(output, stream => ReportPage.Write(stream, figures));
        var report = new PageReport(output, new FileInfo(output).Length, model.Matrices.Count, [.. figures.Missing]);
        if (parsed.GetValue(_json)) ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.PageReport);
        else session.Terminal.Output.WriteLine($"{report.Output}: {report.Matrices} matrices, {report.Bytes:N0} bytes{(report.Missing.Length == 0 ? "" : $"; not available: {string.Join(", ", report.Missing)}")}");
        return ExitCodes.Success;
    }

    private string Output(ParseResult parsed, string model)
    {
        string output = parsed.GetValue(_output) ?? Path.ChangeExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)), ".html");
        CommonOptions.RequireOther(output, model, parsed.GetValue(_reference), parsed.GetValue(_text), parsed.GetValue(_recipe), parsed.GetValue(_summary));
        return output;
    }

    private PageFigures Look(ParseResult parsed, ModelSource model, EngineChoice choice, QuantizationTimes? times, CommandSession session)
    {
        string? reference = parsed.GetValue(_reference), recipe = parsed.GetValue(_recipe);
        PageRecipe? served = recipe is null ? null : Served(model, recipe, session);
        using ModelSource? original = reference is null ? null : ModelSource.OpenAny(reference, session.Formats);
        QuantizedModelFigures figures = ProgressReport.Run(session.Terminal, "report", progress =>
            QuantizedModelFigures.Of(model, original, new QuantizationRun(choice.Threads, session.Cancellation, progress)));
        PageEvaluation? evaluation = parsed.GetValue(_text) is { } text
            ? new LevelEvaluation(model.Path, text, parsed.GetValue(_context) ?? DefaultContext, parsed.GetValue(_windows), reference, choice).Run(recipe, session)
            : null;
        return new PageFigures(model, figures, reference is null ? null : PageFigures.NameOf(reference), served, evaluation, times);
    }

    private static PageRecipe Served(ModelSource model, string path, CommandSession session)
    {
        if (Recipe.Read(path, session.Formats).LevelsOf(model.Config.Layers) is not { } levels) throw new UsageException($"--recipe {path}: it has no levels, which is what blocks are served at");
        return new PageRecipe(PageFigures.NameOf(path), [.. levels], BitsPerWeight.Of(model, int.MaxValue, levels));
    }
}
