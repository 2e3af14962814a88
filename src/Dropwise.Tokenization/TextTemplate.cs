namespace Dropwise.Tokenization;

/// <summary>The ids that a tokenizer puts around a text when it is asked to.</summary>
/// <param name="Before">The ids before the text.</param>
/// <param name="After">The ids after it.</param>
internal sealed record TextTemplate(IReadOnlyList<int> Before, IReadOnlyList<int> After)
{
    /// <summary>Nothing around the text.</summary>
    internal static readonly TextTemplate Empty = new([], []);
}
