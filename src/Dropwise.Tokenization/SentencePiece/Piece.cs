namespace Dropwise.Tokenization.SentencePiece;

/// <summary>A piece of a vocabulary; its id is its place in the file.</summary>
/// <param name="Text">The piece as spelled, ▁ for a space.</param>
/// <param name="Score">Of two merges the one whose result has the higher score goes first.</param>
/// <param name="Type">The kind of the piece.</param>
internal readonly record struct Piece(string Text, float Score, PieceType Type);
