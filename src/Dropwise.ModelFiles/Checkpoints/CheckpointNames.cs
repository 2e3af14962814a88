namespace Dropwise.ModelFiles;

/// <summary>The names in a Dropwise checkpoint: of tensors, and of the strings in <c>__metadata__</c>. The README beside this library explains each.</summary>
internal static class CheckpointNames
{
    public const string VersionKey = "dropwise.version";
    public const string Version = "1";
    public const string ConfigKey = "config";
    public const string TokenizerKey = "tokenizer";
    public const string TokenizerConfigKey = "tokenizer_config";
    public const string GenerationConfigKey = "generation_config";
    public const string DescriptorsKey = "descriptors";
    public const string FormatsKey = "formats";
    public const string ErrorsKey = "quantization_errors";
    public const string LevelsKey = "levels";

    private const string PaddingPrefix = "dropwise.padding.";

    /// <summary>A stream of a matrix.</summary>
    public static string Stream(string weight, string stream) => $"{weight}.{stream}";

    /// <summary>The prefix of codebooks that all matrices of a format share.</summary>
    public static string SharedCodebooks(string format) => $"codebooks.{format}";

    /// <summary>The codewords of a codebook, which count from 1 as levels do.</summary>
    public static string Codebook(string prefix, int codebook) => $"{prefix}.codebook.{codebook}";

    /// <summary>The factor of a codebook of integers.</summary>
    public static string CodebookScale(string prefix, int codebook) => $"{prefix}.codebook_scale.{codebook}";

    /// <summary>The signs of a rotation; the weight is the first that reads the site.</summary>
    public static string Signs(string weight) => $"{weight}.signs";

    /// <summary>The bytes that align the start of a level.</summary>
    public static string Padding(int level) => $"{PaddingPrefix}{level}";

    /// <summary>Whether a tensor only aligns others.</summary>
    public static bool IsPadding(string tensor) => tensor.StartsWith(PaddingPrefix, StringComparison.Ordinal);
}
