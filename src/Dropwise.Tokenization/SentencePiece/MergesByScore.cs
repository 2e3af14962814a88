using Dropwise.Tokenization.Models;

namespace Dropwise.Tokenization.SentencePiece;

/// <summary>
/// The merge rules that the scores of pieces stand for: any two pieces may be merged if together they are a piece, and the best score
/// goes first.
/// </summary>
internal static class MergesByScore
{
    /// <summary>Creates the rules.</summary>
    /// <param name="pieces">The pieces in order of id.</param>
    /// <param name="ids">The id of each piece.</param>
    internal static List<MergeRule> Create(IReadOnlyList<Piece> pieces, Dictionary<string, int> ids)
    {
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        Dictionary<float, int> ranks = RankScores(pieces);
        var rules = new List<MergeRule>();
        for (int merged = 0; merged < pieces.Count; merged++)
        {
            if (!IsBuiltByMerges(pieces[merged]))
                continue;
            ReadOnlySpan<char> text = pieces[merged].Text;
            for (int cut = 1; cut < text.Length; cut++)
            {
                if (lookup.TryGetValue(text[..cut], out int left) && IsBuiltByMerges(pieces[left])
                    && lookup.TryGetValue(text[cut..], out int right) && IsBuiltByMerges(pieces[right]))
                {
                    rules.Add(new MergeRule(left, right, merged, ranks[pieces[merged].Score]));
                }
            }
        }
        return rules;
    }

    /// <summary>Equal scores share a rank, so that the leftmost of their merges goes first.</summary>
    private static Dictionary<float, int> RankScores(IReadOnlyList<Piece> pieces)
    {
        float[] scores = [.. pieces.Select(piece => piece.Score).Distinct().OrderDescending()];
        var ranks = new Dictionary<float, int>(scores.Length);
        foreach (float score in scores)
            ranks.Add(score, ranks.Count);
        return ranks;
    }

    private static bool IsBuiltByMerges(Piece piece) => piece.Type == PieceType.Normal;
}
