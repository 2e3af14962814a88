using System.Collections.Immutable;
using System.CommandLine;
using Dropwise.Cli.Hosting;
using Dropwise.ModelFiles;
using Dropwise.Quantization.EndToEnd;
using Dropwise.Tokenization;

namespace Dropwise.Cli.Models;

/// <summary>The options that say what text to calibrate with or to tune on: <c>--calibration</c> or <c>--text</c>, <c>--samples</c> and <c>--context</c>.</summary>
internal sealed class CalibrationTextOptions
{
    private const int DefaultContext = 512;
    private const string Self = "self";

    private readonly Option<string?> _text;
    private readonly Option<int> _samples;
    private readonly Option<int?> _context;
    private readonly Option<int>? _drawn;
    private readonly Option<int>? _begun;

    /// <summary>Adds the options to a verb.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="name">The option that names the text.</param>
    /// <param name="use">What the text is for, in words.</param>
    /// <param name="samples">Windows of text where the command line does not say.</param>
    /// <param name="mixes">Whether a text and windows that the model writes may go together.</param>
    public CalibrationTextOptions(Command verb, string name = "--calibration", string use = "calibrate with", int samples = 64, bool mixes = false)
    {
        _text = new Option<string?>(name) { Description = $"A text to {use}; {Self} lets the model write one." };
        _samples = new Option<int>("--samples") { Description = $"With {name}: windows of text.", DefaultValueFactory = _ => samples };
        _context = new Option<int?>("--context") { Description = $"With {name}: tokens of a window; {DefaultContext} where the model takes as many." };
        CommonOptions.RequireAtLeast(_samples, 1);
        CommonOptions.RequireAtLeast(_context, 1);
        verb.Add(_text);
        verb.Add(_samples);
        verb.Add(_context);
        if (!mixes) return;
        _drawn = new Option<int>("--drawn") { Description = $"Windows that the model writes beside those of {name}." };
        CommonOptions.RequireAtLeast(_drawn, 0);
        verb.Add(_drawn);
        _begun = new Option<int>("--begun") { Description = $"With --drawn: tokens of {name} that each of these windows begins with; 0 for a text of the model's own." };
        CommonOptions.RequireAtLeast(_begun, 0);
        verb.Add(_begun);
    }

    /// <summary>Whether a text is named.</summary>
    /// <param name="parsed">The command line.</param>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_text) is not null;

    /// <summary>Windows that are wanted; a text may have fewer.</summary>
    /// <param name="parsed">The command line.</param>
    public int SamplesOf(ParseResult parsed) => parsed.GetValue(_samples);

    /// <summary>Refuses options of the text where none is named.</summary>
    /// <param name="parsed">The command line.</param>
    /// <exception cref="UsageException">There is no text, and an option says how to read it.</exception>
    public void RefuseUnread(ParseResult parsed) => CommonOptions.RefuseWithout(parsed, _text, _samples, _context);

    /// <summary>Whether the model is to write the text, or some of it.</summary>
    /// <param name="parsed">The command line.</param>
    public bool IsDrawn(ParseResult parsed) => IsSelf(parsed) || DrawnOf(parsed) > 0;

    /// <summary>The file of the text, or null where none is named or the model writes it.</summary>
    /// <param name="parsed">The command line.</param>
    public string? FileOf(ParseResult parsed) => IsSelf(parsed) ? null : parsed.GetValue(_text);

    /// <summary>Reads the text and cuts windows out of it, at places that the seed of the command decides, or lets the model write them.</summary>
    /// <param name="parsed">The command line, with a text.</param>
    /// <param name="source">The model.</param>
    /// <param name="writing">Decides which windows, and their order, and how the model writes.</param>
    /// <param name="session">Formats, progress, cancellation.</param>
    /// <param name="drawn">Windows that the model wrote before, or default: they are taken where as many of that length are wanted.</param>
    /// <exception cref="CommandException">The text cannot be read, or is shorter than a window.</exception>
    /// <exception cref="UsageException">A window is longer than the model's positions.</exception>
    public ImmutableArray<ImmutableArray<int>> Read(
        ParseResult parsed, ModelSource source, TextWriting writing, CommandSession session, ImmutableArray<ImmutableArray<int>> drawn = default)
    {
        int most = source.Config.MaximumPositions, context = parsed.GetValue(_context) ?? Math.Min(DefaultContext, most), samples = parsed.GetValue(_samples);
        if (context > most) throw new UsageException($"--context {context}: {source.Path} was trained for {most} positions");
        if (IsSelf(parsed) && DrawnOf(parsed) > 0) throw new UsageException($"--drawn is beside a text, and there is none: {Self} writes --samples windows");
        int begun = _begun is null ? 0 : parsed.GetValue(_begun);
        if (begun > 0 && DrawnOf(parsed) == 0) throw new UsageException("--begun is for windows of --drawn, and there are none");
        if (begun >= context && begun > 0) throw new UsageException($"--begun is {begun}; a window has {context} tokens, and the model writes at least one");
        ImmutableArray<ImmutableArray<int>> text = IsSelf(parsed) ? [] : ReadText(parsed, source, context, samples, writing.Seed);
        int own = IsSelf(parsed) ? samples : DrawnOf(parsed);
        ImmutableArray<ImmutableArray<int>> written = own == 0 ? [] : SampledText.Draw(source, Beginnings(text, own, begun, writing.Seed), context, writing, session, drawn);

        // Those of the text come last, where whoever holds windows out takes them.
        return [.. written, .. text];
    }

    private ImmutableArray<ImmutableArray<int>> ReadText(ParseResult parsed, ModelSource source, int context, int samples, int seed)
    {
        string path = parsed.GetValue(_text)!;
        int[] tokens = Tokenizer.FromJson(source.RequireTokenizer(), source.Path, source.Texts.TokenizerConfig).Encode(TextFile.Read(path));
        int windows = tokens.Length / context;
        if (windows == 0) throw new CommandException($"{path}: has {tokens.Length} tokens, fewer than one window of {context}");

        // The first of a random order of all windows: more samples keep those that fewer had.
        int[] order = [.. Enumerable.Range(0, windows)];
        new Random(seed).Shuffle(order);
        return [.. order.Take(samples).Select(window => ImmutableArray.Create(tokens, window * context, context))];
    }

    // Not from the last windows, which are held out: what is held out must not be known from its beginning.
    private static ImmutableArray<ImmutableArray<int>> Beginnings(ImmutableArray<ImmutableArray<int>> text, int count, int tokens, int seed)
    {
        if (tokens == 0) return [.. Enumerable.Repeat(ImmutableArray<int>.Empty, count)];
        int known = Math.Max(1, text.Length - EndToEndOptions.DefaultMostHeldOut);
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(window =>
        {
            ImmutableArray<int> from = text[window % known];
            return ImmutableArray.Create(from, random.Next(from.Length - tokens + 1), tokens);
        })];
    }

    private int DrawnOf(ParseResult parsed) => _drawn is null ? 0 : parsed.GetValue(_drawn);

    private bool IsSelf(ParseResult parsed) => parsed.GetValue(_text) == Self;
}
