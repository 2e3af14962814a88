using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Dropwise.ModelFiles;

/// <summary>The strings that a checkpoint's header carries, read and checked.</summary>
/// <param name="Texts">Configuration and tokenizer.</param>
/// <param name="Descriptors">The declaration of each format when the file was written, as it stands: it is only compared.</param>
/// <param name="Matrices">What each quantized matrix is made of.</param>
/// <param name="LevelEnds">The byte of the file where each level ends, ascending.</param>
/// <param name="Errors">How far matrices are from their weights; empty where the file does not say.</param>
internal sealed record CheckpointMetadata(
    ModelTexts Texts,
    Dictionary<string, JsonElement> Descriptors,
    Dictionary<string, MatrixDocument?> Matrices,
    long[] LevelEnds,
    SortedDictionary<string, MatrixErrors> Errors)
{
    /// <summary>Reads the metadata of a checkpoint.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="ModelFileException">The file is no checkpoint, is of another version, or a string is missing or broken.</exception>
    public static CheckpointMetadata Read(SafetensorsFile file)
    {
        string version = Require(file, CheckpointNames.VersionKey);
        if (version != CheckpointNames.Version)
            throw Broken(file, CheckpointNames.VersionKey, $"is '{version}', but this program reads version {CheckpointNames.Version}");
        var texts = new ModelTexts(
            Require(file, CheckpointNames.ConfigKey),
            file.Metadata.GetValueOrDefault(CheckpointNames.TokenizerKey),
            file.Metadata.GetValueOrDefault(CheckpointNames.TokenizerConfigKey),
            file.Metadata.GetValueOrDefault(CheckpointNames.GenerationConfigKey));
        var metadata = new CheckpointMetadata(
            texts,
            Parse(file, CheckpointNames.DescriptorsKey, CheckpointJson.Default.DictionaryStringJsonElement),
            Parse(file, CheckpointNames.FormatsKey, CheckpointJson.Default.DictionaryStringMatrixDocument),
            Parse(file, CheckpointNames.LevelsKey, CheckpointJson.Default.Int64Array),
            ReadErrors(file));
        metadata.RequireOrderedLevels(file);
        return metadata;
    }

    private static SortedDictionary<string, MatrixErrors> ReadErrors(SafetensorsFile file)
    {
        if (!file.Metadata.ContainsKey(CheckpointNames.ErrorsKey)) return [];
        var errors = new SortedDictionary<string, MatrixErrors>(StringComparer.Ordinal);
        foreach ((string name, JsonElement matrix) in Parse(file, CheckpointNames.ErrorsKey, CheckpointJson.Default.DictionaryStringJsonElement))
            errors.Add(name, MatrixErrors.Read(matrix) ?? throw Broken(file, CheckpointNames.ErrorsKey, $"does not say what the errors of '{name}' are"));
        return errors;
    }

    private void RequireOrderedLevels(SafetensorsFile file)
    {
        long end = file.DataStart;
        foreach (long level in LevelEnds)
        {
            if (level < end) throw Broken(file, CheckpointNames.LevelsKey, "does not ascend from the start of the data");
            end = level;
        }

        if (LevelEnds.Length == 0 || end != file.DataEnd)
            throw Broken(file, CheckpointNames.LevelsKey, $"does not end where the data do, at byte {file.DataEnd}");
    }

    private static string Require(SafetensorsFile file, string key) =>
        file.Metadata.GetValueOrDefault(key) ?? throw Broken(file, key, "is missing: this is not a Dropwise checkpoint");

    private static T Parse<T>(SafetensorsFile file, string key, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(Require(file, key), type) ?? throw Broken(file, key, "is null");
        }
        catch (JsonException e)
        {
            throw new ModelFileException(file.File.FilePath, $"metadata '{key}' is not valid: {e.Message}", e);
        }
    }

    private static ModelFileException Broken(SafetensorsFile file, string key, string problem) => new(file.File.FilePath, $"metadata '{key}' {problem}");
}
