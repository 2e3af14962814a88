using Dropwise.Tokenization.Models;

namespace Dropwise.Tokenization;

/// <summary>What a call of Encode works with; kept between calls, so that only the result is allocated.</summary>
internal sealed class EncodingScratch
{
    /// <summary>The pieces of the text between two added tokens.</summary>
    internal List<TextRange> Pieces { get; } = [];

    /// <summary>The ids so far.</summary>
    internal List<int> Ids { get; } = [];

    /// <summary>The pieces already seen, in this text and those before it.</summary>
    internal WordCache Words { get; } = new();
}
