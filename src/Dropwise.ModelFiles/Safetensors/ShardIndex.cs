namespace Dropwise.ModelFiles;

/// <summary>The fields of <c>model.safetensors.index.json</c>.</summary>
internal sealed class ShardIndexDocument
{
    /// <summary>The file of each tensor.</summary>
    public Dictionary<string, string?>? WeightMap { get; init; }
}

/// <summary>Opens the shards of a model. The index is the authority: a tensor that it does not name is no part of the model.</summary>
internal static class ShardIndex
{
    /// <summary>The index's name in a model's folder.</summary>
    public const string FileName = "model.safetensors.index.json";

    /// <summary>Opens all shards of an index.</summary>
    /// <param name="indexPath">The index.</param>
    /// <param name="files">Receives the shards as they are opened, so that the caller can close them also after a failure.</param>
    /// <returns>The tensors in the order of the shards and of their data.</returns>
    /// <exception cref="ModelFileException">The index or a shard is broken, or a tensor is not where the index says.</exception>
    public static TensorSet Open(string indexPath, List<SafetensorsFile> files)
    {
        Dictionary<string, string?> shardOf = ReadMap(indexPath);
        string folder = Path.GetDirectoryName(Path.GetFullPath(indexPath))!;
        var views = new List<TensorView>();
        foreach (string? shard in shardOf.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            // A shard lies beside its index: a path could lead a hostile index anywhere.
            if (string.IsNullOrEmpty(shard) || shard != Path.GetFileName(shard) || shard is "." or "..")
                throw new ModelFileException(indexPath, $"names the shard '{shard}', which is not a plain file name");
            SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, shard));
            files.Add(file);
            foreach (TensorInfo info in file.Tensors)
            {
                if (shardOf.TryGetValue(info.Name, out string? owner) && owner == shard) views.Add(new TensorView(file.File, info));
            }
        }

        var tensors = new TensorSet(folder, views);
        foreach ((string name, string? shard) in shardOf)
        {
            if (tensors.Find(name) is null) throw new ModelFileException(indexPath, name, $"is not in {shard}");
        }

        return tensors;
    }

    private static Dictionary<string, string?> ReadMap(string indexPath)
    {
        try
        {
            ShardIndexDocument document = ModelFileJson.Parse(indexPath, File.ReadAllText(indexPath), ModelFileJson.Default.ShardIndexDocument);
            return document.WeightMap ?? throw new ModelFileException(indexPath, "lacks the field weight_map");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException(indexPath, $"cannot be read: {e.Message}", e);
        }
    }
}
