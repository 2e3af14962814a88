using Dropwise.Tokenization.Json;

namespace Dropwise.Tokenization.SentencePiece;

/// <summary>
/// Turns a tokenizer.model into the text of a tokenizer.json, as Hugging Face's conversion does, so that a model that comes without one keeps
/// its tokenizer when it is quantized into one file.
/// </summary>
internal static class SentencePieceConversion
{
    /// <summary>Converts a model.</summary>
    /// <param name="content">The bytes of the file.</param>
    /// <param name="source">The file, as messages name it.</param>
    /// <param name="config">What tokenizer_config.json says.</param>
    internal static string ToJson(byte[] content, string source, TokenizerConfig config)
    {
        SentencePieceFile file = SentencePieceFile.Parse(content, source);
        SentencePieceReader.CheckSupported(file, source);
        return new GgufVocabulary
        {
            Source = source,
            Model = "llama",
            Tokens = [.. file.Pieces.Select(piece => piece.Text)],
            Scores = [.. file.Pieces.Select(piece => piece.Score)],
            Types = [.. file.Pieces.Select(piece => (int)piece.Type)],
            BeginOfTextId = Id(file, config.BeginOfText, file.BeginOfTextId),
            EndOfTextId = Id(file, config.EndOfText, file.EndOfTextId),
            UnknownId = Id(file, null, file.UnknownId),
            AddsBeginOfText = config.AddsBeginOfText,
            AddsEndOfText = config.AddsEndOfText,
            AddsSpacePrefix = file.AddsDummyPrefix,
            HasByteFallback = file.HasByteFallback,
        }.ToTokenizerJson();
    }

    /// <summary>The configuration's token where it names one of the model's, or else the model's own.</summary>
    private static int? Id(SentencePieceFile file, string? name, int id)
    {
        for (int named = 0; name is not null && named < file.Pieces.Count; named++)
        {
            if (file.Pieces[named].Text == name)
                return named;
        }
        return id >= 0 && id < file.Pieces.Count ? id : null;
    }
}
