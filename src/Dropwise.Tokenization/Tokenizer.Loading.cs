using Dropwise.Tokenization.Json;
using Dropwise.Tokenization.SentencePiece;

namespace Dropwise.Tokenization;

public sealed partial class Tokenizer
{
    /// <summary>Larger files are refused before they are read. The largest in use, Gemma's, has 33 MB.</summary>
    private const long LargestFileBytes = 256L << 20;

    /// <summary>Reads a tokenizer from the text of tokenizer.json.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Where it comes from, as messages should name it.</param>
    /// <param name="configJson">The text of tokenizer_config.json, which names the tokens that begin and end a text; null if there is none.</param>
    /// <exception cref="TokenizerException">The text is malformed, or it asks for something that is not supported.</exception>
    public static Tokenizer FromJson(string json, string source, string? configJson = null) =>
        new(TokenizerJson.Read(json, source, ReadConfig(configJson, source)));

    /// <summary>Reads a tokenizer from the bytes of tokenizer.model, a SentencePiece model of byte-pair encoding.</summary>
    /// <param name="model">The bytes.</param>
    /// <param name="source">Where they come from, as messages should name it.</param>
    /// <param name="configJson">The text of tokenizer_config.json; null if there is none.</param>
    /// <exception cref="TokenizerException">The model is malformed, or it asks for something that is not supported.</exception>
    public static Tokenizer FromSentencePiece(byte[] model, string source, string? configJson = null) =>
        new(SentencePieceReader.Read(model, source, ReadConfig(configJson, source)));

    /// <summary>Turns tokenizer.model into the text of a tokenizer.json that gives the same ids.</summary>
    /// <param name="model">The bytes.</param>
    /// <param name="source">Where they come from, as messages should name it.</param>
    /// <param name="configJson">The text of tokenizer_config.json; null if there is none.</param>
    /// <exception cref="TokenizerException">The model is malformed, or it asks for something that is not supported.</exception>
    public static string ConvertSentencePiece(byte[] model, string source, string? configJson = null) =>
        SentencePieceConversion.ToJson(model, source, ReadConfig(configJson, source));

    /// <summary>
    /// Reads the tokenizer of a Hugging Face folder: tokenizer.json, or else tokenizer.model, with tokenizer_config.json where there is
    /// one.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="TokenizerException">There is no tokenizer, or it cannot be read.</exception>
    public static Tokenizer FromFolder(string folder)
    {
        string jsonPath = Path.Combine(folder, "tokenizer.json");
        string modelPath = Path.Combine(folder, "tokenizer.model");
        string configPath = Path.Combine(folder, "tokenizer_config.json");
        string? configJson = File.Exists(configPath) ? ReadFile(configPath, File.ReadAllText) : null;
        if (File.Exists(jsonPath))
            return FromJson(ReadFile(jsonPath, File.ReadAllText), jsonPath, configJson);
        if (File.Exists(modelPath))
            return FromSentencePiece(ReadFile(modelPath, File.ReadAllBytes), modelPath, configJson);
        throw new TokenizerException(folder, "", "holds neither tokenizer.json nor tokenizer.model");
    }

    private static TokenizerConfig ReadConfig(string? json, string source) =>
        json is null ? TokenizerConfig.Empty : TokenizerConfig.Read(json, $"{source} (tokenizer_config.json)");

    private static TContent ReadFile<TContent>(string path, Func<string, TContent> read)
    {
        try
        {
            long size = new FileInfo(path).Length;
            if (size > LargestFileBytes)
                throw new TokenizerException(path, "", $"has {size} bytes; at most {LargestFileBytes} are supported");
            return read(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerException(path, "", $"cannot be read: {failure.Message.ReplaceLineEndings(" ")}", failure);
        }
    }
}
