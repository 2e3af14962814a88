using System.Collections.Immutable;
using Dropwise.Tokenization;

namespace Dropwise.ModelFiles;

/// <summary>
/// A Hugging Face model: a folder with <c>config.json</c>, <c>model.safetensors</c> or its shards, and a tokenizer; or one
/// safetensors file with those files beside it.
/// </summary>
public sealed class ModelFolder : ModelSource
{
    private const string SingleFileName = "model.safetensors";
    private readonly ImmutableArray<SafetensorsFile> _files;

    private ModelFolder(string path, ModelTexts texts, TensorSet tensors, ImmutableArray<SafetensorsFile> files)
        : base(path, texts, tensors) => _files = files;

    /// <summary>Opens a model.</summary>
    /// <param name="path">A folder, or a safetensors file in a folder with <c>config.json</c>.</param>
    /// <exception cref="ModelFileException">Something is missing or broken; the message names the file.</exception>
    public static ModelFolder Open(string path)
    {
        bool isFolder = Directory.Exists(path);
        if (!isFolder && !File.Exists(path)) throw new ModelFileException(path, "no such file or folder");
        string folder = isFolder ? path : System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        ModelTexts texts = ReadTexts(folder);
        var files = new List<SafetensorsFile>();
        try
        {
            TensorSet tensors = OpenTensors(path, isFolder, files);
            return new ModelFolder(path, texts, tensors, [.. files]);
        }
        catch
        {
            foreach (SafetensorsFile file in files) file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (SafetensorsFile file in _files) file.Dispose();
    }

    private static TensorSet OpenTensors(string path, bool isFolder, List<SafetensorsFile> files)
    {
        string single = isFolder ? System.IO.Path.Combine(path, SingleFileName) : path;
        string index = System.IO.Path.Combine(path, ShardIndex.FileName);
        if (isFolder && !File.Exists(single) && File.Exists(index)) return ShardIndex.Open(index, files);
        if (!File.Exists(single)) throw new ModelFileException(path, $"the folder has neither {SingleFileName} nor {ShardIndex.FileName}");
        SafetensorsFile file = SafetensorsFile.Open(single);
        files.Add(file);
        return new TensorSet(single, file.Tensors.Select(info => new TensorView(file.File, info)));
    }

    private static ModelTexts ReadTexts(string folder)
    {
        string config = ReadText(folder, "config.json") ?? throw new ModelFileException(folder, "the folder has no config.json");
        string? tokenizerConfig = ChatTemplateFile.Merge(folder, ReadText(folder, "tokenizer_config.json"), ReadText(folder, ChatTemplateFile.Name));
        var texts = new ModelTexts(config, ReadText(folder, "tokenizer.json"), tokenizerConfig, ReadText(folder, "generation_config.json"));
        return texts.Tokenizer is null ? WithConvertedTokenizer(texts, folder) : texts;
    }

    // Older models have a SentencePiece file alone. It is converted here, so that what is quantized carries its tokenizer like any other.
    private static ModelTexts WithConvertedTokenizer(ModelTexts texts, string folder)
    {
        const string Name = "tokenizer.model";
        if (Read(System.IO.Path.Combine(folder, Name), File.ReadAllBytes) is not { } model) return texts;
        try
        {
            return texts with { Tokenizer = Tokenizer.ConvertSentencePiece(model, Name, texts.TokenizerConfig) };
        }
        catch (TokenizerException e)
        {
            // Kept for whoever needs the tokenizer: not every verb does.
            return texts with { TokenizerProblem = e.Message };
        }
    }

    private static string? ReadText(string folder, string name) => Read(System.IO.Path.Combine(folder, name), File.ReadAllText);

    private static T? Read<T>(string path, Func<string, T> read)
        where T : class
    {
        try
        {
            return File.Exists(path) ? read(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException(path, $"cannot be read: {e.Message}", e);
        }
    }
}
