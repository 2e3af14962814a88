namespace Dropwise.Tokenization.Models;

/// <summary>Encodes one piece of text. Implementations are safe to share between threads.</summary>
internal interface ITokenModel
{
    /// <summary>Encodes a piece.</summary>
    /// <param name="piece">The piece, not empty.</param>
    /// <param name="ids">Receives the ids.</param>
    void Encode(ReadOnlySpan<char> piece, List<int> ids);
}
