using System.Collections.Frozen;
using Dropwise.Tokenization.Models;

namespace Dropwise.Tokenization.PreTokenizers;

/// <summary>
/// Cuts a text before each ▁ that no token could join to what stands before it. Tokenizers of the SentencePiece family encode a whole
/// text as one piece; merges never cross these cuts, so that the ids stay the same while the words can be remembered.
/// </summary>
internal sealed class WordStartPreTokenizer : IPreTokenizer
{
    /// <summary>The character that stands for a space, U+2581.</summary>
    internal const char WordStart = '▁';

    /// <summary>Characters that stand before a ▁ in some token.</summary>
    private readonly FrozenSet<char> _joined;

    private WordStartPreTokenizer(Vocabulary vocabulary)
    {
        var joined = new HashSet<char>();
        foreach (string token in vocabulary.Ids.Keys)
        {
            for (int index = 1; index < token.Length; index++)
            {
                if (token[index] == WordStart)
                    joined.Add(token[index - 1]);
            }
        }
        _joined = joined.ToFrozenSet();
    }

    /// <summary>
    /// Creates the pre-tokenizer of an encoding; null where cutting could change ids: a ▁ without a token of its own could be joined
    /// to other unknown characters, and a whole text could be one token where merges are ignored.
    /// </summary>
    internal static WordStartPreTokenizer? TryCreate(BpeDefinition definition) =>
        definition is { IsByteLevel: false, IgnoresMerges: false } && definition.Vocabulary.TryGetId([WordStart], out _)
            ? new WordStartPreTokenizer(definition.Vocabulary)
            : null;

    /// <inheritdoc/>
    public void Split(ReadOnlySpan<char> text, TextRange range, List<TextRange> pieces)
    {
        int start = range.Start;
        int from = start + 1;
        while (from < range.End)
        {
            int found = text[from..range.End].IndexOf(WordStart);
            if (found < 0)
                break;
            from += found;
            if (!_joined.Contains(text[from - 1]))
            {
                pieces.Add(new TextRange(start, from));
                start = from;
            }
            from++;
        }
        if (start < range.End)
            pieces.Add(new TextRange(start, range.End));
    }
}
