using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Cli.Reports;
using Dropwise.Inference;
using Dropwise.Tokenization;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise run</c>: continues a prompt, or holds a conversation.</summary>
internal sealed class RunVerb : Verb
{
    private readonly ModelArgument _model = new("file");
    private readonly Option<string> _prompt = new("--prompt", "-p") { Description = "The text to continue; with --chat, the only question." };
    private readonly Option<bool> _chat = new("--chat") { Description = "Hold a conversation, as the model's chat template has it: one line of standard input a turn." };
    private readonly Option<string> _system = new("--system") { Description = "With --chat: what the model is told before the conversation." };
    private readonly Option<int> _context = new("--context") { Description = "With --chat: the most tokens of the whole conversation.", DefaultValueFactory = static _ => 4096 };
    private readonly Option<int?> _level = CommonOptions.Level();
    private readonly Option<string?> _recipe = CommonOptions.ServedRecipe();
    private readonly Option<int> _maxTokens = new("--max-tokens") { Description = "The most tokens to generate.", DefaultValueFactory = static _ => 256 };
    private readonly Option<double> _temperature = new("--temperature") { Description = "0 takes the most likely token each time." };
    private readonly Option<int> _topK = new("--top-k") { Description = "Draw among this many most likely tokens; 0 for all." };
    private readonly Option<double> _topP = new("--top-p") { Description = "Draw among the tokens that have this probability together.", DefaultValueFactory = static _ => 1 };
    private readonly Option<int> _seed = CommonOptions.Seed();
    private readonly EngineOptions _engine;
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Describes the verb.</summary>
    public RunVerb()
        : base("run", "Continue a prompt, or hold a conversation.")
    {
        CommonOptions.RequireAtLeast(_context, 1);
        CommonOptions.RequireAtLeast(_maxTokens, 1);
        _model.AddTo(this);
        Add(_prompt);
        Add(_chat);
        Add(_system);
        Add(_context);
        Add(_level);
        Add(_recipe);
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
        bool isChat = parsed.GetValue(_chat);
        Check(parsed, isChat);
        using LoadedModel model = LoadedModel.Open(_model.Of(parsed), session, parsed.GetValue(_recipe));
        options = options with { EndTokens = model.Weights.Config.EndTokens };
        int level = model.Level(parsed.GetValue(_level));
        if (isChat) return Chat(parsed, model, choice, level, options, session);

        int[] prompt = model.Tokenizer.Encode(parsed.GetRequiredValue(_prompt), addSpecialTokens: true);
        if (prompt.Length == 0) throw new UsageException("--prompt is empty");
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
        if (!json) session.Terminal.Output.WriteLine();
        Report(text.ToString(), result, sequence.Level, firstToken, json, session.Terminal);
        return ExitCodes.Success;

        void Emit(string piece)
        {
            text.Append(piece);
            if (json) return;
            session.Terminal.Output.Write(piece);
            session.Terminal.Output.Flush();
        }
    }

    private int Chat(ParseResult parsed, LoadedModel model, EngineChoice choice, int level, GenerationOptions options, CommandSession session)
    {
        ChatTemplate template = model.ChatTemplate();
        using var engine = new ModelEngine(model.Weights, choice, level);
        using Session sequence = engine.NewSession(Math.Min(parsed.GetValue(_context), model.Weights.Config.MaximumPositions), level);
        var conversation = new Conversation(sequence, model.Tokenizer, template, options, parsed.GetValue(_system));
        bool json = parsed.GetValue(_json);
        double firstToken = 0;
        (string Answer, GenerationResult Result)? last = ChatCommand.Execute(
            conversation, parsed.GetValue(_prompt), session, () => firstToken = SecondsSinceStart(), quiet: json);
        if (last is { } said) Report(said.Answer, said.Result, sequence.Level, firstToken, json, session.Terminal);
        return ExitCodes.Success;
    }

    private void Check(ParseResult parsed, bool isChat)
    {
        if (!isChat && parsed.GetValue(_prompt) is null) throw new UsageException("--prompt is missing: the text to continue, unless --chat reads questions");
        if (isChat && parsed.GetValue(_prompt) is { } prompt && string.IsNullOrWhiteSpace(prompt)) throw new UsageException("--prompt is empty");
        if (isChat && parsed.GetValue(_json) && parsed.GetValue(_prompt) is null) throw new UsageException("--json with --chat needs --prompt: one document holds one answer");
        if (isChat) return;
        foreach (Option option in (ReadOnlySpan<Option>)[_system, _context])
        {
            if (parsed.GetResult(option) is { Implicit: false }) throw new UsageException($"{option.Name} needs --chat");
        }
    }

    private static void Report(string text, GenerationResult result, int level, double firstToken, bool json, Terminal terminal)
    {
        if (json)
        {
            var report = new RunReport(
                text, result.PromptTokens, result.GeneratedTokens, result.PromptTokensPerSecond, result.TokensPerSecond, level, firstToken);
            ReportWriter.Write(terminal.Output, report, ReportContext.Default.RunReport);
            return;
        }

        terminal.Error.WriteLine(
            $"{result.PromptTokens} prompt tokens at {result.PromptTokensPerSecond:0} a second, {result.GeneratedTokens} generated at {result.TokensPerSecond:0} a second, level {level}");
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
