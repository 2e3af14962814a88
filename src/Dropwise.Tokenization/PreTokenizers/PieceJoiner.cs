namespace Dropwise.Tokenization.PreTokenizers;

/// <summary>Turns matches and the text between them into pieces, as a <see cref="SplitBehavior"/> says.</summary>
/// <param name="behavior">What becomes of a match.</param>
/// <param name="pieces">Receives the pieces.</param>
internal ref struct PieceJoiner(SplitBehavior behavior, List<TextRange> pieces)
{
    /// <summary>Whether the last run was a match; null before the first run.</summary>
    private bool? _lastIsMatch;

    /// <summary>Adds the next run, which begins where the one before it ended.</summary>
    /// <param name="run">The run; an empty one is passed over.</param>
    /// <param name="isMatch">True if the pattern matched it, false if it lies between matches.</param>
    internal void Add(TextRange run, bool isMatch)
    {
        if (run.Length == 0)
            return;
        bool joins = behavior switch
        {
            SplitBehavior.MergedWithPrevious => isMatch && _lastIsMatch == false,
            SplitBehavior.MergedWithNext => !isMatch && _lastIsMatch == true,
            SplitBehavior.Contiguous => _lastIsMatch == isMatch,
            _ => false,
        };
        if (joins)
            pieces[^1] = new TextRange(pieces[^1].Start, run.End);
        else if (!isMatch || behavior != SplitBehavior.Removed)
            pieces.Add(run);
        _lastIsMatch = isMatch;
    }
}
