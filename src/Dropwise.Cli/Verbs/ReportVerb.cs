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

/// <summary><c>dropwise report</c>: one page about a quantized model, or about results of several.</summary>
internal sealed class ReportVerb : Verb
{
    // As `eval` has it.
    private const int DefaultContext = 512;

    private readonly Argument<string?> _model = new("file") { Description = "The quantized model; none with --results.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _output = new("--output", "-o") { Description = "The page to write; the model's name with .html in its place where none is named." };
    private readonly Option<string?> _reference = new("--reference") { Description = "The model that it was made of: errors are computed anew, and the original weights and perplexity are shown." };
    private readonly Option<string?> _text = new("--text") { Description = "A text to measure every level with." };
    private readonly Option<int?> _context = new("--context") { Description = $"With --text: tokens of a window, {DefaultContext} where none is named." };
    private readonly Option<int?> _windows = new("--windows") { Description = "With --text: the most windows; all where none is named." };
    private readonly Option<string?> _recipe = CommonOptions.ServedRecipe();
    private readonly Option<string?> _summary = new("--summary") { Description = "What quantize printed with --json: it has the time of each stage." };
    private readonly Option<string[]> _results = new("--results")
    {
        Description = "A page about several evaluations instead, quality against size: files of what eval printed with --json.",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly EngineOptions _engine;
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Describes the verb.</summary>
    public ReportVerb()
        : base("report", "Write one HTML page about a quantized model (errors, weights, perplexity, bits), or about several evaluations.")
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
        Add(_results);
        _engine = new EngineOptions(this);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        CommonOptions.RefuseWithout(parsed, _text, _context, _windows);
        EngineChoice choice = _engine.Read(parsed);
        if (parsed.GetValue(_results) is { Length: > 0 } results) return Compare(parsed, results, session);
        string path = parsed.GetValue(_model) ?? throw new UsageException("file is missing: a quantized model, or --results");
        string output = Output(parsed, path);
        QuantizationTimes? times = parsed.GetValue(_summary) is { } summary ? QuantizationTimes.Read(summary) : null;
        using ModelSource model = ModelSource.OpenAny(path, session.Formats);
        if (model.Matrices.Count == 0) throw new CommandException($"{path}: is not quantized, so there is nothing to report");
        PageFigures figures = Look(parsed, model, choice, times, session);
        OutputFile.Write(output, stream => ReportPage.Write(stream, figures));
        var report = new PageReport(output, new FileInfo(output).Length, 0, model.Matrices.Count, [.. figures.Missing]);
        if (parsed.GetValue(_json)) ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.PageReport);
        else session.Terminal.Output.WriteLine($"{report.Output}: {report.Matrices} matrices, {report.Bytes:N0} bytes{(report.Missing.Length == 0 ? "" : $"; not available: {string.Join(", ", report.Missing)}")}");
        return ExitCodes.Success;
    }

    private int Compare(ParseResult parsed, string[] results, CommandSession session)
    {
        if (parsed.GetValue(_model) is { } model) throw new UsageException($"--results: the page is about evaluations, not about {model}");
        foreach (Option option in (Option[])[_reference, _text, _recipe, _summary])
        {
            if (CommonOptions.IsGiven(parsed, option)) throw new UsageException($"{option.Name} is not for --results");
        }

        _engine.Refuse(parsed, _results);
        string output = parsed.GetValue(_output) ?? throw new UsageException("--results needs --output, the page to write");
        CommonOptions.RequireOther(output, results);
        var figures = ResultFigures.Read(results);
        OutputFile.Write(output, stream => ReportPage.Write(stream, figures));
        var report = new PageReport(output, new FileInfo(output).Length, figures.Count, 0, []);
        if (parsed.GetValue(_json)) ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.PageReport);
        else session.Terminal.Output.WriteLine($"{report.Output}: {report.Results} results, {report.Bytes:N0} bytes");
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
        return new PageRecipe(PageFigures.NameOf(path), [.. levels], ServedSize.BitsOf(model, int.MaxValue, levels));
    }
}
