namespace Dropwise.ModelFiles;

/// <summary>The metadata of a model as a GGUF file has them: the inverse of what <see cref="GgufModel"/> reads.</summary>
public static class GgufModelMetadata
{
    private const string FileTypeKey = "general.file_type";

    // Keys that say how a file is stored, and not what the model is.
    private static readonly string[] OfStorage = [FileTypeKey, GgufFile.AlignmentKey];

    /// <summary>Composes the metadata.</summary>
    /// <param name="source">The model.</param>
    /// <param name="fileType">llama.cpp's number for what most tensors are: 1 F16, 2 Q4_0, 7 Q8_0.</param>
    /// <param name="hasTokenizer">Receives whether the vocabulary is in the file.</param>
    /// <exception cref="ModelFileException">GGUF files cannot say what the model is, or the tokenizer is broken.</exception>
    public static GgufMetadataBuilder Of(ModelSource source, int fileType, out bool hasTokenizer)
    {
        var metadata = new GgufMetadataBuilder();
        metadata.Integer(FileTypeKey, fileType);
        if (source is GgufModel gguf)
        {
            foreach ((string key, GgufValue value) in gguf.Metadata.Values)
            {
                if (!OfStorage.Contains(key) && !key.StartsWith("split.", StringComparison.Ordinal)) metadata.Copy(key, value);
            }

            hasTokenizer = true;
            return metadata;
        }

        GgufArchitecture architecture = GgufArchitecture.OfModel(source.Config.ModelType)
            ?? throw new ModelFileException(source.Path, $"is a model of type '{source.Config.ModelType}', which GGUF files are not written of");
        metadata.Text(GgufKeys.Architecture, architecture.Name);
        metadata.Text("general.name", Path.GetFileNameWithoutExtension(source.Path.TrimEnd('/')));
        metadata.Integer("general.quantization_version", 2);
        new GgufShapeWriter(source.Path, source.Config, architecture, metadata).Write();
        hasTokenizer = GgufVocabularyWriter.Add(metadata, source);
        if (!hasTokenizer) metadata.Text("tokenizer.ggml.model", "none");
        return metadata;
    }
}
