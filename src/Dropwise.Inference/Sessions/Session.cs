using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>
/// One sequence of tokens going through a model: the cache, the buffers and where it stands. All memory is allocated at the start:
/// appending a token allocates nothing. One caller at a time.
/// </summary>
public sealed unsafe class Session : IDisposable
{
    // Tokens whose logits exist at once: 64 x 128,000 float32 are 32 MB.
    private const int LogitsBatch = 64;

    private readonly Decoder _decoder;
    private readonly Workspace _workspace;
    private readonly RopeTable _rope;
    private readonly ImmutableArray<KeyValueCache> _caches;
    private readonly NativeBuffer _lastLogits;
    private NativeBuffer? _logits;

    /// <summary>Opens a session.</summary>
    /// <param name="model">The model, which must outlive the session.</param>
    /// <param name="team">The workers, which must outlive the session.</param>
    /// <param name="options">How to run.</param>
    /// <exception cref="InferenceException">The model lacks the level, or a size is not positive.</exception>
    public Session(ModelWeights model, WorkerTeam team, SessionOptions options)
    {
        ModelConfig config = model.Config;
        Context = options.Context ?? config.MaximumPositions;
        Level = options.Level ?? model.Levels;
        if (Context < 1) throw new InferenceException($"a context of {Context} tokens holds nothing");
        if (Level < 1 || Level > model.Levels)
        {
            string cut = model.WholeLevels > model.Levels ? $"; its file was cut before level {model.Levels + 1} of {model.WholeLevels}" : "";
            throw new InferenceException($"level {Level} is not there: the model has {(model.Levels == 1 ? "level 1" : $"levels 1 to {model.Levels}")}{cut}");
        }

        Vocabulary = config.VocabularySize;
        _decoder = new Decoder(model);
        _workspace = new Workspace(config, team, options.Precision, Level, Math.Clamp(options.Batch, 1, Context));
        _rope = new RopeTable(config.Rope, config.HeadDimension, Context);
        _caches = [.. Enumerable.Range(0, config.Layers).Select(_ => new KeyValueCache(config.KeyValueHeads, config.HeadDimension, Context))];
        _lastLogits = new NativeBuffer((long)Vocabulary * sizeof(float));
    }

    /// <summary>Positions that the session can hold.</summary>
    public int Context { get; }

    /// <summary>The level of nested matrices.</summary>
    public int Level { get; }

    /// <summary>Elements of a token's logits.</summary>
    public int Vocabulary { get; }

    /// <summary>Tokens so far.</summary>
    public int Position { get; private set; }

    /// <summary>The logits after the last token that <see cref="Append(ReadOnlySpan{int})"/> took; a reader may overwrite them.</summary>
    public Span<float> Logits => new(_lastLogits.Pointer, Vocabulary);

    /// <summary>Forgets the tokens from a position on.</summary>
    /// <param name="position">Tokens to keep, at most <see cref="Position"/>.</param>
    public void Rewind(int position = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, Position);
        Position = position;
    }

    /// <summary>Appends tokens and computes the logits after the last one.</summary>
    /// <param name="tokens">Token ids, at least one.</param>
    /// <exception cref="InferenceException">There is no token, they do not fit the context, or an id is not in the vocabulary.</exception>
    public void Append(ReadOnlySpan<int> tokens)
    {
        Check(tokens);
        for (int start = 0; start < tokens.Length; start += _workspace.Batch)
            Forward(tokens.Slice(start, Math.Min(tokens.Length - start, _workspace.Batch)));
        _decoder.Logits(_workspace, _workspace.Tokens - 1, 1, (float*)_lastLogits.Pointer);
    }

    /// <summary>Appends tokens and hands over the logits after each of them.</summary>
    /// <param name="tokens">Token ids, at least one.</param>
    /// <param name="reader">Receives the logits, in order.</param>
    /// <exception cref="InferenceException">There is no token, they do not fit the context, or an id is not in the vocabulary.</exception>
    public void Append(ReadOnlySpan<int> tokens, ILogitsReader reader)
    {
        Check(tokens);
        _logits ??= new NativeBuffer((long)LogitsBatch * Vocabulary * sizeof(float));
        for (int start = 0; start < tokens.Length; start += _workspace.Batch)
        {
            ReadOnlySpan<int> batch = tokens.Slice(start, Math.Min(tokens.Length - start, _workspace.Batch));
            Forward(batch);
            for (int first = 0; first < batch.Length; first += LogitsBatch)
            {
                int count = Math.Min(LogitsBatch, batch.Length - first);
                _decoder.Logits(_workspace, first, count, (float*)_logits.Pointer);
                reader.Read(start + first, new Span<float>(_logits.Pointer, count * Vocabulary), Vocabulary);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _decoder.Dispose();
        _workspace.Dispose();
        _rope.Dispose();
        foreach (KeyValueCache cache in _caches) cache.Dispose();
        _lastLogits.Dispose();
        _logits?.Dispose();
    }

    private void Forward(ReadOnlySpan<int> batch)
    {
        _workspace.Tokens = batch.Length;
        _workspace.Position = Position;
        _decoder.Forward(_workspace, batch, _rope, _caches);
        Position += batch.Length;
    }

    private void Check(ReadOnlySpan<int> tokens)
    {
        if (tokens.IsEmpty) throw new InferenceException("there are no tokens to run");
        if (tokens.Length > Context - Position)
        {
            string taken = Position == 0 ? "" : $", of which {Position} are taken";
            throw new InferenceException($"{tokens.Length} tokens do not fit the context of {Context} tokens{taken}");
        }

        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)Vocabulary) throw new InferenceException($"token {token} is not in the vocabulary of {Vocabulary}");
        }
    }
}
