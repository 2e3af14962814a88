using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>The contents of a checkpoint in their final order, and the metadata that describes them.</summary>
/// <param name="Tensors">The tensors in the order of their data.</param>
/// <param name="Metadata">The strings of <c>__metadata__</c>.</param>
/// <param name="LevelEnds">The byte of the file where each level ends.</param>
internal sealed record CheckpointPlan(
    ImmutableArray<TensorContent> Tensors, ImmutableArray<KeyValuePair<string, string>> Metadata, ImmutableArray<long> LevelEnds)
{
    // Enough for any file; a fixed width keeps the header's length independent of the offsets that it holds.
    private const int OffsetDigits = 15;

    /// <summary>Arranges a checkpoint.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="tensors">Tensors that are not quantized.</param>
    /// <param name="matrices">Quantized matrices.</param>
    /// <param name="errors">How far matrices are from their weights, where that is known.</param>
    /// <param name="spool">Holds their streams.</param>
    public static CheckpointPlan Create(
        ModelTexts texts, IEnumerable<TensorContent> tensors, IEnumerable<PendingMatrix> matrices, SortedDictionary<string, MatrixErrors> errors, SpoolFile spool)
    {
        PendingMatrix[] ordered = [.. matrices.OrderBy(static matrix => matrix.Name, NaturalOrder.Instance)];
        var parts = new SharedParts(ordered);
        int levels = ordered.Select(static matrix => matrix.Format.Levels).DefaultIfEmpty(1).Max();
        var byLevel = new List<TensorContent>[levels];
        for (int i = 0; i < levels; i++) byLevel[i] = [];
        byLevel[0].AddRange(tensors.OrderBy(static tensor => tensor.Name, NaturalOrder.Instance));
        foreach (PendingMatrix matrix in ordered)
        {
            for (int i = 0; i < matrix.Streams.Length; i++)
                byLevel[matrix.Streams[i].Level - 1].Add(StreamContent(matrix, i, spool));
        }

        foreach ((int level, TensorContent tensor) in parts.Tensors) byLevel[level - 1].Add(tensor);

        (ImmutableArray<TensorContent> arranged, long[] dataEnds) = Arrange(byLevel);
        var metadata = Describe(texts, ordered, parts, errors).ToImmutableArray();
        long dataStart = SafetensorsHeaderWriter.Compose(arranged, metadata.Add(Levels(new long[levels]))).Length;
        long[] ends = [.. dataEnds.Select(end => dataStart + end)];
        return new CheckpointPlan(arranged, metadata.Add(Levels(ends)), [.. ends]);
    }

    private static TensorContent StreamContent(PendingMatrix matrix, int stream, SpoolFile spool)
    {
        StreamSpec spec = matrix.Streams[stream];
        long offset = matrix.SpoolOffsets[stream];
        return new TensorContent(
            CheckpointNames.Stream(matrix.Name, spec.Name), TensorTypes.Of(spec.Type), spec.Shape, sink => spool.CopyTo(offset, spec.ByteLength, sink));
    }

    /// <summary>
    /// Concatenates the levels, each from a multiple of 64 bytes. Safetensors allows no holes, so lengths decide about alignment:
    /// inside a level those that are a multiple of 64 go first, then multiples of 32, and so on, which leaves every tensor
    /// aligned to the largest power of two up to 64 that divides its own length.
    /// </summary>
    /// <returns>The tensors, and where each level ends, from the start of the data.</returns>
    private static (ImmutableArray<TensorContent> Tensors, long[] Ends) Arrange(List<TensorContent>[] levels)
    {
        var arranged = ImmutableArray.CreateBuilder<TensorContent>();
        long[] ends = new long[levels.Length];
        long offset = 0;
        for (int i = 0; i < levels.Length; i++)
        {
            int padding = (int)(-offset & (SafetensorsHeaderWriter.Alignment - 1));
            if (padding != 0)
                arranged.Add(new TensorContent(CheckpointNames.Padding(i + 1), TensorType.UInt8, [padding], sink => sink.Write(new byte[padding])));
            arranged.AddRange(levels[i].OrderByDescending(static tensor => AlignmentOf(tensor.ByteLength)));
            offset += padding + levels[i].Sum(static tensor => tensor.ByteLength);
            ends[i] = offset;
        }

        return (arranged.ToImmutable(), ends);
    }

    private static long AlignmentOf(long byteLength) =>
        byteLength == 0 ? SafetensorsHeaderWriter.Alignment : Math.Min(byteLength & -byteLength, SafetensorsHeaderWriter.Alignment);

    private static IEnumerable<KeyValuePair<string, string>> Describe(
        ModelTexts texts, PendingMatrix[] matrices, SharedParts parts, SortedDictionary<string, MatrixErrors> errors)
    {
        yield return KeyValuePair.Create(CheckpointNames.VersionKey, CheckpointNames.Version);
        yield return KeyValuePair.Create(CheckpointNames.ConfigKey, texts.Config);
        if (texts.Tokenizer is { } tokenizer) yield return KeyValuePair.Create(CheckpointNames.TokenizerKey, tokenizer);
        if (texts.TokenizerConfig is { } tokenizerConfig) yield return KeyValuePair.Create(CheckpointNames.TokenizerConfigKey, tokenizerConfig);
        if (texts.GenerationConfig is { } generation) yield return KeyValuePair.Create(CheckpointNames.GenerationConfigKey, generation);

        var descriptors = new SortedDictionary<string, FormatDescriptor>(StringComparer.Ordinal);
        foreach (PendingMatrix matrix in matrices) descriptors[matrix.Format.Name] = matrix.Format;
        yield return KeyValuePair.Create(
            CheckpointNames.DescriptorsKey, DescriptorJson.Write(descriptors));
        Dictionary<string, MatrixDocument?> formats = matrices.ToDictionary(static matrix => matrix.Name, matrix => (MatrixDocument?)parts.Describe(matrix));
        yield return KeyValuePair.Create(
            CheckpointNames.FormatsKey, JsonSerializer.Serialize(formats, CheckpointJson.Default.DictionaryStringMatrixDocument));
        if (errors.Count > 0) yield return KeyValuePair.Create(CheckpointNames.ErrorsKey, MatrixErrors.Write(errors));
    }

    private static KeyValuePair<string, string> Levels(long[] ends)
    {
        IEnumerable<string> padded = ends.Select(static end => end.ToString(CultureInfo.InvariantCulture).PadLeft(OffsetDigits));
        return KeyValuePair.Create(CheckpointNames.LevelsKey, $"[{string.Join(',', padded)}]");
    }
}
