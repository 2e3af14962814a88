namespace Dropwise.Tokenization;

/// <summary>A run of a text, in UTF-16 units.</summary>
/// <param name="Start">Its first unit.</param>
/// <param name="End">One past its last unit.</param>
internal readonly record struct TextRange(int Start, int End)
{
    /// <summary>Units in the run.</summary>
    internal int Length => End - Start;

    /// <summary>The run itself.</summary>
    internal ReadOnlySpan<char> Of(ReadOnlySpan<char> text) => text[Start..End];
}
