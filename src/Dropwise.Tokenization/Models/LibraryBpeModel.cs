using Microsoft.ML.Tokenizers;

namespace Dropwise.Tokenization.Models;

/// <summary>
/// Byte-level byte-pair encoding by Microsoft.ML.Tokenizers. It merges the pieces; finding added tokens and splitting stays with
/// this library, because the package counts UTF-16 units where tokenizer files count code points.
/// </summary>
internal sealed class LibraryBpeModel : ITokenModel
{
    /// <summary>
    /// The longest piece that the package gets, in UTF-16 units: its merging takes quadratic time. Words are far shorter.
    /// </summary>
    private const int LongestPiece = 128;

    private readonly BpeTokenizer _tokenizer;
    private readonly MergeModel _longPieces;

    /// <param name="definition">An encoding for which <see cref="CanEncode"/> is true.</param>
    internal LibraryBpeModel(BpeDefinition definition)
    {
        Vocabulary vocabulary = definition.Vocabulary;
        var options = new BpeOptions(vocabulary.Ids)
        {
            ByteLevel = true,
            Merges = definition.Merges.Select(rule => $"{vocabulary.Token(rule.Left)} {vocabulary.Token(rule.Right)}"),
        };
        _tokenizer = BpeTokenizer.Create(options);
        _longPieces = new MergeModel(definition);
    }

    /// <summary>
    /// True if the package encodes exactly as declared: it knows no <c>ignore_merges</c> and no cuts between bytes, refuses two rules
    /// for one pair and two tokens of one id, and needs a token for every byte.
    /// </summary>
    internal static bool CanEncode(BpeDefinition definition) =>
        definition is { IsByteLevel: true, IgnoresMerges: false, CutsAtNumericBytes: false }
        && ByteAlphabet.Characters.All(c => definition.Vocabulary.TryGetId([c], out _))
        && definition.Vocabulary.HasDistinctIds
        && definition.Merges.DistinctBy(rule => (rule.Left, rule.Right)).Count() == definition.Merges.Count;

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        // The package would write a lone surrogate as bytes that are no UTF-8; everybody else replaces it by U+FFFD.
        if (piece.Length > LongestPiece || PreTokenizers.CodePointProjection.IsNeeded(piece))
            _longPieces.Encode(piece, ids);
        else
            ids.AddRange(_tokenizer.EncodeToIds(piece, considerPreTokenization: false, considerNormalization: false));
    }
}
