using System.CommandLine;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Cli.Pages;
using Dropwise.Cli.Reports;
using Dropwise.Inference;
using Dropwise.Inference.Tasks;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise eval</c>: perplexity of a text, and questions with several answers.</summary>
internal sealed class EvalVerb : Verb
{
    // The window of the published figures of small models; a model of fewer positions needs --context.
    private const int DefaultContext = 512;

    private readonly ModelArgument _model = new("file");
    private readonly Option<string?> _text = new("--text") { Description = "The text file; special tokens are spelled out in it." };
    private readonly Option<int?> _context = new("--context")
    {
        Description = $"Tokens of a window, {DefaultContext} where none is named; of tasks, the most tokens that are read at once.",
    };

    private readonly Option<int?> _windows = new("--windows") { Description = "The most windows to evaluate; all where none is named." };
    private readonly Option<string?> _reference = new("--reference")
    {
        Description = "The model to compare predictions with on the text, at its highest level; usually the unquantized one.",
    };

    private readonly Option<string[]> _tasks = new("--tasks")
    {
        Description = $"Tasks, with commas between: {string.Join(", ", TaskCatalog.All.Select(task => task.Name))}.",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> _data = new("--data") { Description = "The folder that holds the files of the tasks." };
    private readonly Option<int?> _limit = new("--limit") { Description = "The most questions of a task, or of a subject of it; all where none is named." };
    private readonly Option<bool> _bos = new("--bos") { Description = "Begin each question with the token that begins a text, as models of the Gemma family need." };
    private readonly Option<int?> _level = CommonOptions.Level();
    private readonly Option<string?> _recipe = CommonOptions.ServedRecipe();
    private readonly Option<string?> _label = new("--label") { Description = "What `dropwise report --results` calls the result; the model's name where none is named." };
    private readonly EngineOptions _engine;
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Describes the verb.</summary>
    public EvalVerb()
        : base("eval", "Perplexity of a text, divergence from a reference, and tasks with several answers.")
    {
        CommonOptions.RequireAtLeast(_context, 2);
        CommonOptions.RequireAtLeast(_windows, 1);
        CommonOptions.RequireAtLeast(_limit, 1);
        _model.AddTo(this);
        Add(_text);
        Add(_context);
        Add(_windows);
        Add(_reference);
        Add(_tasks);
        Add(_data);
        Add(_limit);
        Add(_bos);
        Add(_level);
        Add(_recipe);
        Add(_label);
        _engine = new EngineOptions(this);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        CommonOptions.RefuseWithout(parsed, _text, _windows, _reference);
        CommonOptions.RefuseWithout(parsed, _tasks, _data, _limit, _bos);
        EngineChoice choice = _engine.Read(parsed);
        TextEvaluation? text = Text(parsed);
        TaskEvaluation? tasks = Tasks(parsed);
        if (text is null && tasks is null) throw new UsageException("--text or --tasks says what to evaluate");
        string path = _model.Of(parsed);
        using LoadedModel model = LoadedModel.Open(path, session, parsed.GetValue(_recipe));
        int level = model.Level(parsed.GetValue(_level));
        using var engine = new ModelEngine(model.Weights, choice, level);
        (PerplexityResult? result, double bytesPerToken) = text is null ? (null, 0) : text.Run(model, engine, choice, level, session);
        var report = EvalReport.Of(
            parsed.GetValue(_label),
            PageFigures.NameOf(path),
            model.SizeAt(level),
            level,
            text is null ? null : PageFigures.NameOf(text.Path),
            result,
            bytesPerToken,
            tasks?.Run(model, engine, level, session));
        if (parsed.GetValue(_json)) ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.EvalReport);
        else EvalTables.Print(report, session.Terminal);
        return ExitCodes.Success;
    }

    private TextEvaluation? Text(ParseResult parsed) => parsed.GetValue(_text) is { } path
        ? new TextEvaluation(path, TextFile.Read(path), parsed.GetValue(_context) ?? DefaultContext, parsed.GetValue(_windows), parsed.GetValue(_reference))
        : null;

    private TaskEvaluation? Tasks(ParseResult parsed)
    {
        if (!CommonOptions.IsGiven(parsed, _tasks)) return null;
        if (parsed.GetValue(_data) is not { } folder) throw new UsageException("--tasks needs --data, the folder of their files");
        return new TaskEvaluation(
            TaskEvaluation.Named(parsed.GetValue(_tasks) ?? []), new TaskFolder(folder), parsed.GetValue(_limit), parsed.GetValue(_context), parsed.GetValue(_bos));
    }
}
