using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>
/// One sequence of tokens going through a model, on whatever engine: where it stands, and the logits after its last token. All memory is
/// allocated at the start: appending a token allocates nothing. One caller at a time.
/// </summary>
public abstract class Session : IDisposable
{
    private readonly int _batch;
    private readonly int[] _tokens;
    private readonly int _levels;
    private readonly int _wholeLevels;
    private int _level;

    /// <summary>Checks the options.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="options">How to run.</param>
    /// <param name="levels">Levels that can be served.</param>
    /// <param name="wholeLevels">Levels of the whole file, which may have been cut.</param>
    /// <exception cref="InferenceException">The model lacks the level, or a size is not positive.</exception>
    private protected Session(ModelConfig config, SessionOptions options, int levels, int wholeLevels)
    {
        _levels = levels;
        _wholeLevels = wholeLevels;
        Context = options.Context ?? config.MaximumPositions;
        if (Context < 1) throw new InferenceException($"a context of {Context} tokens holds nothing");
        _level = CheckLevel(options.Level ?? levels);
        _batch = Math.Clamp(options.Batch, 1, Context);
        _tokens = new int[Context];
        Vocabulary = config.VocabularySize;
    }

    /// <summary>Positions that the session can hold.</summary>
    public int Context { get; }

    /// <summary>
    /// The level that nested matrices are read at from the next token on; keys and values of earlier tokens stay as they are. Nothing is
    /// loaded for it.
    /// </summary>
    /// <exception cref="InferenceException">The model lacks the level.</exception>
    public int Level
    {
        get => _level;
        set => _level = CheckLevel(value);
    }

    /// <summary>Elements of a token's logits.</summary>
    public int Vocabulary { get; }

    /// <summary>Tokens so far.</summary>
    public int Position { get; private set; }

    /// <summary>The logits after the last token that <see cref="Append(ReadOnlySpan{int})"/> took; a reader may overwrite them.</summary>
    public abstract Span<float> Logits { get; }

    /// <summary>
    /// Forgets the tokens from a position on. Where layers with a window have overwritten what the next token attends to, the tokens that are
    /// kept are run again, at the session's level.
    /// </summary>
    /// <param name="position">Tokens to keep, at most <see cref="Position"/>.</param>
    public void Rewind(int position = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, Position);
        Position = position;
        if (Remembers(position)) return;
        Position = 0;
        while (Position < position) Forward(_tokens.AsSpan(Position, Math.Min(_batch, position - Position)));
    }

    /// <summary>Appends tokens and computes the logits after the last one.</summary>
    /// <param name="tokens">Token ids, at least one.</param>
    /// <exception cref="InferenceException">There is no token, they do not fit the context, or an id is not in the vocabulary.</exception>
    public void Append(ReadOnlySpan<int> tokens)
    {
        Check(tokens);
        for (int start = 0; start < tokens.Length; start += _batch) Forward(tokens.Slice(start, Math.Min(tokens.Length - start, _batch)));
        FinishLogits();
    }

    /// <summary>Appends tokens and hands over the logits after each of them.</summary>
    /// <param name="tokens">Token ids, at least one.</param>
    /// <param name="reader">Receives the logits, in order.</param>
    /// <exception cref="InferenceException">There is no token, they do not fit the context, or an id is not in the vocabulary.</exception>
    public void Append(ReadOnlySpan<int> tokens, ILogitsReader reader)
    {
        Check(tokens);
        for (int start = 0; start < tokens.Length; start += _batch)
        {
            ReadOnlySpan<int> batch = tokens.Slice(start, Math.Min(tokens.Length - start, _batch));
            Forward(batch);
            for (int first = 0; first < batch.Length; first += LogitsBatch)
                reader.Read(start + first, BatchLogits(first, Math.Min(LogitsBatch, batch.Length - first)), Vocabulary);
        }
    }

    /// <summary>Draws tokens from <see cref="Logits"/> where the engine keeps them.</summary>
    /// <param name="options">How to draw.</param>
    /// <returns>What draws; valid as long as the session, and the only one of it.</returns>
    /// <exception cref="InferenceException">An option is out of range.</exception>
    public abstract ITokenSource Draw(SamplingOptions options);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The most tokens whose logits exist at once: 64 x 128,000 float32 are 32 MB.</summary>
    private protected virtual int LogitsBatch => 64;

    /// <summary>The most tokens of a batch.</summary>
    private protected int Batch => _batch;

    /// <summary>Runs a batch through all layers, from <see cref="Position"/> on.</summary>
    /// <param name="batch">Token ids, at most <see cref="Batch"/>.</param>
    private protected abstract void Run(ReadOnlySpan<int> batch);

    /// <summary>Whether the engine still holds what the next token attends to.</summary>
    /// <param name="position">The position of the next token, at most that of the last.</param>
    private protected virtual bool Remembers(int position) => true;

    /// <summary>Makes <see cref="Logits"/> those after the last token of the last batch.</summary>
    private protected abstract void FinishLogits();

    /// <summary>The logits of some tokens of the last batch.</summary>
    /// <param name="first">The first token, counted from the batch's start.</param>
    /// <param name="count">Tokens, at most <see cref="LogitsBatch"/>.</param>
    /// <returns>[count, vocabulary] float32, valid until the next call.</returns>
    private protected abstract Span<float> BatchLogits(int first, int count);

    private void Forward(ReadOnlySpan<int> batch)
    {
        Run(batch);
        batch.CopyTo(_tokens.AsSpan(Position));
        Position += batch.Length;
    }

    private int CheckLevel(int level)
    {
        if (level >= 1 && level <= _levels) return level;
        string cut = _wholeLevels > _levels ? $"; its file was cut before level {_levels + 1} of {_wholeLevels}" : "";
        throw new InferenceException($"level {level} is not there: the model has {(_levels == 1 ? "level 1" : $"levels 1 to {_levels}")}{cut}");
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
