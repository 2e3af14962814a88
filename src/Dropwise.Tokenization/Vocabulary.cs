using Dropwise.Tokenization.AddedTokens;

namespace Dropwise.Tokenization;

/// <summary>Tokens and their ids, both ways. Ids may leave holes: a hole has no token.</summary>
internal sealed class Vocabulary
{
    /// <summary>
    /// Ids stay below this, so that a hostile file cannot make the table of tokens large by one large id. The largest vocabulary
    /// in use (Gemma 3, 262,144 tokens) takes a sixteenth of it.
    /// </summary>
    internal const int IdLimit = 1 << 22;

    /// <summary>Ids without a token that any vocabulary may have, 1 MB of tables; others have to be justified by tokens.</summary>
    private const int FreeHoles = 1 << 16;

    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsBySpan;
    private readonly string?[] _tokens;

    /// <param name="ids">The id of each token, each in [0, <see cref="IdLimit"/>). Where two tokens share an id, the first one is its spelling.</param>
    internal Vocabulary(Dictionary<string, int> ids)
    {
        _ids = ids;
        _idsBySpan = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        int size = 0;
        foreach (int id in ids.Values)
            size = Math.Max(size, id + 1);
        _tokens = new string?[size];
        foreach ((string token, int id) in ids)
            _tokens[id] ??= token;
    }

    /// <summary>One more than the highest id.</summary>
    internal int Size => _tokens.Length;

    /// <summary>True if no two tokens share an id.</summary>
    internal bool HasDistinctIds => _tokens.Count(token => token is not null) == _ids.Count;

    /// <summary>Each token with its id.</summary>
    internal IReadOnlyDictionary<string, int> Ids => _ids;

    /// <summary>
    /// The largest id that this many tokens justify: tables have a place for every id, and real vocabularies leave few holes.
    /// </summary>
    internal static int LargestId(int tokens) => (int)Math.Min(IdLimit - 1, FreeHoles + (8L * tokens));

    /// <summary>These tokens and the added ones; an added token with a known spelling gives it its own id.</summary>
    internal Vocabulary With(IReadOnlyList<AddedToken> added)
    {
        var ids = new Dictionary<string, int>(_ids);
        foreach (AddedToken token in added)
            ids[token.Content] = token.Id;
        return new Vocabulary(ids);
    }

    /// <summary>The token with this id, or null: a hole, or outside of the vocabulary.</summary>
    internal string? Token(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;

    /// <summary>The id of this token.</summary>
    internal bool TryGetId(ReadOnlySpan<char> token, out int id) => _idsBySpan.TryGetValue(token, out id);
}
