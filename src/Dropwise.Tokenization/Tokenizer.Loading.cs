using System.Security;
using Dropwise.Tokenization.Json;

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
    public static Tokenizer FromJson(string json, string source, string? configJson = null)
    {
        TokenizerConfig config = configJson is null ? TokenizerConfig.Empty : TokenizerConfig.Read(configJson, $"{source} (configuration)");
        return new Tokenizer(TokenizerJson.Read(json, source, config));
    }

    /// <summary>Reads the tokenizer of a Hugging Face folder: tokenizer.json, with tokenizer_config.json where there is one.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="TokenizerException">There is no tokenizer, or it cannot be read.</exception>
    public static Tokenizer FromFolder(string folder)
    {
        string jsonPath = Path.Combine(folder, "tokenizer.json");
        string configPath = Path.Combine(folder, "tokenizer_config.json");
        TokenizerConfig config = File.Exists(configPath)
            ? TokenizerConfig.Read(ReadText(configPath), configPath)
            : TokenizerConfig.Empty;
        return new Tokenizer(TokenizerJson.Read(ReadText(jsonPath), jsonPath, config));
    }

    private static string ReadText(string path)
    {
        try
        {
            long size = new FileInfo(path).Length;
            if (size > LargestFileBytes)
                throw new TokenizerException(path, "", $"has {size} bytes; at most {LargestFileBytes} are supported");
            return File.ReadAllText(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or SecurityException)
        {
            throw new TokenizerException(path, "", $"cannot be read: {failure.Message.ReplaceLineEndings(" ")}", failure);
        }
    }
}
