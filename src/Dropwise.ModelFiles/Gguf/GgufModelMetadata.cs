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
    /// <exception cref="ModelFileException">The architecture is one that is not written, or the tokenizer is broken.</exception>
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

        ModelConfig config = source.Config;
        if (config.ModelType != "llama")
            throw new ModelFileException(source.Path, $"is a model of type '{config.ModelType}'; GGUF files are written of llama models");
        if (config.Rope.Scaling is { Magnitude: not 1 })
            throw new ModelFileException(source.Path, "scales the magnitude of its rotary embedding, which GGUF files of llama models cannot say");
        metadata.Text(GgufConfig.ArchitectureKey, "llama");
        metadata.Text("general.name", Path.GetFileNameWithoutExtension(source.Path.TrimEnd('/')));
        metadata.Integer("general.quantization_version", 2);
        metadata.Integer("llama.block_count", config.Layers);
        metadata.Integer("llama.context_length", config.MaximumPositions);
        metadata.Integer("llama.embedding_length", config.HiddenSize);
        metadata.Integer("llama.feed_forward_length", config.IntermediateSize);
        metadata.Integer("llama.attention.head_count", config.Heads);
        metadata.Integer("llama.attention.head_count_kv", config.KeyValueHeads);
        metadata.Integer("llama.attention.key_length", config.HeadDimension);
        metadata.Integer("llama.attention.value_length", config.HeadDimension);
        metadata.Number("llama.attention.layer_norm_rms_epsilon", (float)config.Norm.Epsilon);
        metadata.Integer("llama.rope.dimension_count", config.HeadDimension);
        metadata.Number("llama.rope.freq_base", (float)config.Rope.Theta);
        metadata.Integer("llama.vocab_size", config.VocabularySize);
        hasTokenizer = GgufVocabularyWriter.Add(metadata, source);
        if (!hasTokenizer) metadata.Text("tokenizer.ggml.model", "none");
        return metadata;
    }
}
