using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Cli.Reports;
using Dropwise.Inference;
using Dropwise.Tokenization;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise run</c>: continues a prompt.</summary>
internal sealed class RunVerb : Verb
{
    private readonly Argument<string> _model = ModelArgument.Create("file");
    private readonly Option<string> _prompt = new("--prompt", "-p") { Description = "The text to continue.", Required = true };
    private readonly Option<int?> _level = CommonOptions.Level();
    private readonly Option<int> _maxTokens = new("--max-tokens") { Description = "The most tokens to generate.", DefaultValueFactory = static _ => 256 };
    private readonly Option<double> _temperature = new("--temperature") { Description = "0 takes the most likely token each time." };
    private readonly Option<int> _topK = new("--top-k") { Description = "Draw among this many most likely tokens; 0 for all." };
    private readonly Option<double> _topP = new("--top-p") { Description = "Draw among the tokens that have this probability together.", DefaultValueFactory = static _ => 1 };
    private readonly Option<int> _seed = CommonOptions.Seed();
    private readonly EngineOptions _engine;
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Describes the verb.</summary>
    public RunVerb()
        : base("run", "Continue a prompt.")
    {
        CommonOptions.RequireAtLeast(_maxTokens, 1);
        Add(_model);
        Add(_prompt);
        Add(_level);
        Add(_maxTokens);
        Add(_temperature);
        Add(_topK);
        Add(_topP);
        Add(_seed);
        _engine = new EngineOptions(this);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        EngineChoice choice = _engine.Read(parsed);
        var options = new GenerationOptions { MaximumTokens = parsed.GetValue(_maxTokens), Sampling = ReadSampling(parsed) };
        using LoadedModel model = LoadedModel.Open(parsed.GetRequiredValue(_model), session);
        options = options with { EndTokens = model.Weights.Config.EndTokens };
        int[] prompt = model.Tokenizer.Encode(parsed.GetRequiredValue(_prompt), addSpecialTokens: true);
        if (prompt.Length == 0) throw new UsageException("--prompt is empty");

        int level = model.Level(parsed.GetValue(_level));
        using var engine = new ModelEngine(model.Weights, choice, level);
        using Session sequence = engine.NewSession(Context(model, prompt, options), level);
        StreamingDecoder decoder = model.Tokenizer.CreateStreamingDecoder(continuesText: true, skipSpecialTokens: true);
        bool json = parsed.GetValue(_json);
        var text = new StringBuilder();
        double firstToken = 0;
        GenerationResult result = Generator.Generate(sequence, prompt, options, token =>
        {
            if (firstToken == 0) firstToken = SecondsSinceStart();
            Emit(decoder.Append(token));
            return !session.Cancellation.IsCancellationRequested;
        });
        Emit(decoder.Finish());
        session.Cancellation.ThrowIfCancellationRequested();

        if (json)
        {
            var report = new RunReport(
                text.ToString(), result.PromptTokens, result.GeneratedTokens, result.PromptTokensPerSecond, result.TokensPerSecond, sequence.Level, firstToken);
            ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.RunReport);
            return ExitCodes.Success;
        }

        session.Terminal.Output.WriteLine();
        session.Terminal.Error.WriteLine(
            $"{result.PromptTokens} prompt tokens at {result.PromptTokensPerSecond:0} a second, {result.GeneratedTokens} generated at {result.TokensPerSecond:0} a second, level {sequence.Level}");
        return ExitCodes.Success;

        void Emit(string piece)
        {
            text.Append(piece);
            if (json) return;
            session.Terminal.Output.Write(piece);
            session.Terminal.Output.Flush();
        }
    }

    // From the start of the process: whoever waits for the first word also waits for the runtime, the file and the kernels.
    private static double SecondsSinceStart()
    {
        using var process = Process.GetCurrentProcess();
        return (DateTime.Now - process.StartTime).TotalSeconds;
    }

    // No more positions than this text can take: the cache of a long context costs memory that a short answer never touches.
    private static int Context(LoadedModel model, int[] prompt, GenerationOptions options) =>
        (int)Math.Min((long)prompt.Length + options.MaximumTokens, model.Weights.Config.MaximumPositions);

    private SamplingOptions ReadSampling(ParseResult parsed)
    {
        var sampling = new SamplingOptions
        {
            Temperature = parsed.GetValue(_temperature),
            TopK = parsed.GetValue(_topK),
            TopP = parsed.GetValue(_topP),
            Seed = (ulong)parsed.GetValue(_seed),
        };
        try
        {
            sampling.Validate();
            return sampling;
        }
        catch (InferenceException e)
        {
            throw new UsageException(e.Message);
        }
    }
}
