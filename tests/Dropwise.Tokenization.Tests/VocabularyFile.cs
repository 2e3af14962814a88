using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.ModelFiles;

namespace Dropwise.Tokenization.Tests;

/// <summary>GGUF files, read as the engine reads them.</summary>
internal static class VocabularyFile
{
    private static readonly FormatRegistry Registry = new([.. FormatTable.Rows]);

    /// <summary>Reads the vocabulary of a file.</summary>
    internal static GgufVocabulary Read(string path)
    {
        using GgufFile file = GgufFile.Open(path, Registry);
        return GgufTokenizer.Read(path, file.Metadata) ?? throw new InvalidOperationException($"{path} has no vocabulary");
    }
}
