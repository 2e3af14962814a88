using System.CommandLine;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Cli.Reports;
using Dropwise.Inference;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise eval</c>: perplexity of a text.</summary>
internal sealed class EvalVerb : Verb
{
    // The window of the published figures of small models; a model of fewer positions needs --context.
    private const int DefaultContext = 512;

    private readonly Argument<string> _model = ModelArgument.Create("file");
    private readonly Option<string> _text = new("--text") { Description = "The text file; special tokens are spelled out in it.", Required = true };
    private readonly Option<int> _context = new("--context") { Description = "Tokens of a window.", DefaultValueFactory = static _ => DefaultContext };
    private readonly Option<int?> _windows = new("--windows") { Description = "The most windows to evaluate; all where none is named." };
    private readonly Option<int?> _level = CommonOptions.Level();
    private readonly EngineOptions _engine;
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Describes the verb.</summary>
    public EvalVerb()
        : base("eval", "Perplexity of a text.")
    {
        CommonOptions.RequireAtLeast(_context, 2);
        CommonOptions.RequireAtLeast(_windows, 1);
        Add(_model);
        Add(_text);
        Add(_context);
        Add(_windows);
        Add(_level);
        _engine = new EngineOptions(this);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        EngineChoice choice = _engine.Read(parsed);
        string textPath = parsed.GetRequiredValue(_text);
        string text = TextFile.Read(textPath);
        using LoadedModel model = LoadedModel.Open(parsed.GetRequiredValue(_model), session);
        int context = parsed.GetValue(_context), level = model.Level(parsed.GetValue(_level));
        using var engine = new ModelEngine(model.Weights, choice, level);
        using Session sequence = engine.NewSession(context, level);
        int[] tokens = model.Tokenizer.Encode(text);
        if (tokens.Length < context) throw new CommandException($"{textPath}: {tokens.Length} tokens are fewer than one window of {context}");

        PerplexityResult result = ProgressReport.Run(session.Terminal, "eval", progress => PerplexityEvaluator.Evaluate(
            sequence, tokens, context, parsed.GetValue(_windows), (done, all) =>
            {
                session.Cancellation.ThrowIfCancellationRequested();
                progress((double)done / all);
            }));
        var report = new EvalReport(
            result.Perplexity, result.Predictions, result.Windows, result.Context, model.BitsAt(sequence.Level), sequence.Level, Kl: null, result.Seconds);
        if (parsed.GetValue(_json)) ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.EvalReport);
        else Print(report, session.Terminal);
        return ExitCodes.Success;
    }

    private static void Print(EvalReport report, Terminal terminal)
    {
        string weights = report.Bits is { } bits ? $"level {report.Level}, {bits:0.000} bits a weight" : "unquantized";
        terminal.Output.WriteLine(
            $"perplexity {report.Perplexity:0.0000} on {report.Tokens:N0} tokens in {report.Windows} windows of {report.Context} ({weights}; {report.Seconds:0.0} s)");
    }
}
