using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>Finds and checks the parts of a checkpoint's matrices. Parts that matrices share are made once, because their identity matters.</summary>
/// <param name="file">The checkpoint.</param>
/// <param name="metadata">Its metadata.</param>
/// <param name="presentLevels">Levels that are whole in the file.</param>
/// <param name="registry">The formats that this program knows.</param>
internal sealed class CheckpointMatrixLoader(SafetensorsFile file, CheckpointMetadata metadata, int presentLevels, FormatRegistry registry)
{
    // Leaves room in 31 bits for padding to whole tiles.
    private const int LargestSize = 1 << 28;

    private readonly Dictionary<string, TensorInfo> _tensors = file.Tensors.ToDictionary(static tensor => tensor.Name, StringComparer.Ordinal);
    private readonly Dictionary<(string Prefix, string Format), CodebookSet> _codebooks = [];
    private readonly Dictionary<(string Name, int Columns), InputTransform> _transforms = [];
    private readonly HashSet<string> _claimed = new(StringComparer.Ordinal);

    /// <summary>Whether a tensor is a part of a matrix that was loaded.</summary>
    /// <param name="tensor">The tensor's name.</param>
    public bool IsPart(string tensor) => _claimed.Contains(tensor);

    /// <summary>Loads one matrix.</summary>
    /// <param name="name">The weight's name.</param>
    /// <param name="document">What the metadata say about it.</param>
    /// <exception cref="ModelFileException">The format is unknown or was declared differently, or a part is missing or of another shape.</exception>
    public CheckpointMatrix Load(string name, MatrixDocument? document)
    {
        if (document is null) throw Broken(name, "has no format");
        FormatRow row = FormatOf(name, document);
        int levels = Math.Min(row.Descriptor.Levels, presentLevels);
        long outliers = OutliersOf(name, row.Descriptor);
        ImmutableArray<StreamSpec> specs = row.Streams(document.Rows, document.Columns, outliers);
        var matrix = new CheckpointMatrix
        {
            Name = name,
            Row = row,
            Rows = document.Rows,
            Columns = document.Columns,
            Levels = levels,
            Outliers = outliers,
            Streams = [.. specs.Select(spec => AddressOf(CheckpointNames.Stream(name, spec.Name), TensorTypes.Of(spec.Type), spec.Shape, spec.Level))],
            Codebooks = CodebooksOf(name, document, row.Descriptor),
            Transform = TransformOf(name, document, row.Descriptor),
            Owner = file.File,
        };
        RequireJobEnds(matrix);
        return matrix;
    }

    private FormatRow FormatOf(string name, MatrixDocument document)
    {
        FormatRow? row = registry.Rows.FirstOrDefault(candidate => candidate.Descriptor.Name == document.Format);
        if (row is null)
            throw Broken(name, $"has the unknown format '{document.Format}'; registered are {string.Join(", ", registry.Rows.Select(static known => known.Descriptor.Name))}");
        FormatDescriptor format = row.Descriptor;
        if (!metadata.Descriptors.TryGetValue(document.Format, out JsonElement written)
            || !JsonElement.DeepEquals(written, DescriptorJson.Element(format)))
            throw Broken(name, $"has the format '{document.Format}', which this program declares differently than the one that wrote the file");

        // Sizes are checked against the file's length before anything is computed from them: a code has at least a bit.
        if (document.Rows is <= 0 or > LargestSize || document.Columns is <= 0 or > LargestSize || document.Columns % format.Dimension != 0
            || (long)document.Rows * (document.Columns / format.Dimension) / 8 > file.DataEnd)
            throw Broken(name, $"has the impossible size {document.Rows} x {document.Columns} for {format.Name}");
        return row;
    }

    // The number of outliers is the file's to say: the length of their stream, which has one entry more.
    private long OutliersOf(string name, FormatDescriptor format)
    {
        if (format.Outliers is null) return 0;
        string stream = CheckpointNames.Stream(name, OutlierStreams.EntriesName);
        TensorInfo info = _tensors.GetValueOrDefault(stream) ?? throw Broken(stream, "is missing");
        return info.Shape.Length != 0 && info.Shape[0] is > 0 and <= uint.MaxValue ? info.Shape[0] - 1 : throw Broken(stream, $"has the shape {TensorInfo.Spell(info.Shape.AsSpan())}");
    }

    // Kernels follow the ends of jobs without a check, so that they are checked once here.
    private void RequireJobEnds(CheckpointMatrix matrix)
    {
        if (matrix.Row.Descriptor.Outliers is null) return;
        string stream = CheckpointNames.Stream(matrix.Name, OutlierStreams.JobsName);
        TensorInfo info = _tensors[stream];
        ReadOnlySpan<uint> ends = MemoryMarshal.Cast<byte, uint>(file.File.Span(info.Offset, (int)info.ByteLength));
        if (!OutlierStreams.AreEnds(ends, matrix.Rows, matrix.Columns, matrix.Outliers))
            throw Broken(stream, $"does not ascend to the matrix's {matrix.Outliers} outliers");
    }

    private nint AddressOf(string name, TensorType type, ImmutableArray<long> shape, int level)
    {
        TensorInfo info = _tensors.GetValueOrDefault(name) ?? throw Broken(name, "is missing");
        _claimed.Add(name);
        if (info.Type != type || !info.Shape.AsSpan().SequenceEqual(shape.AsSpan()))
            throw Broken(name, $"is {Spell(info.Type, info.Shape)}; its format and size ask for {Spell(type, shape)}");
        if (level > metadata.LevelEnds.Length || info.End > metadata.LevelEnds[level - 1])
            throw Broken(name, $"belongs to level {level}, but lies behind the end of that level");
        return level <= presentLevels ? file.File.AddressOf(info.Offset, info.ByteLength) : nint.Zero;
    }

    private CodebookSet? CodebooksOf(string name, MatrixDocument document, FormatDescriptor format)
    {
        if (format.Kind != CodeKind.Additive) return null;
        string prefix = document.Codebooks ?? throw Broken(name, "lacks the name of its codebooks");
        if (_codebooks.TryGetValue((prefix, format.Name), out CodebookSet? known)) return known;

        int elements = format.CodeCount * format.Dimension;
        float[] values = new float[format.CodebookCount * elements];
        float[] scales = new float[format.CodebookCount];
        for (int m = 0; m < format.CodebookCount; m++)
        {
            int level = format.Nested ? m + 1 : 1;
            Read(CheckpointNames.Codebook(prefix, m + 1), TensorTypes.Of(format.Codeword), [format.CodeCount, format.Dimension], level, values.AsSpan(m * elements, elements));
            scales[m] = 1;
            if (format.Codeword == ScalarType.Int8)
                Read(CheckpointNames.CodebookScale(prefix, m + 1), TensorType.Float32, [1], level, scales.AsSpan(m, 1));
        }

        var set = new CodebookSet(format.CodebookCount, format.CodeCount, format.Dimension, values, scales);
        _codebooks.Add((prefix, format.Name), set);
        return set;
    }

    private InputTransform? TransformOf(string name, MatrixDocument document, FormatDescriptor format)
    {
        if (format.Rotation == Rotation.None) return null;
        string signsName = document.Transform ?? throw Broken(name, "lacks the name of its rotation's signs");
        if (_transforms.TryGetValue((signsName, document.Columns), out InputTransform? known)) return known;

        int byteLength = (document.Columns + 7) / 8;
        AddressOf(signsName, TensorType.UInt8, [byteLength], level: 1);
        ReadOnlySpan<byte> bits = file.File.Span(_tensors[signsName].Offset, byteLength);
        sbyte[] signs = new sbyte[document.Columns];
        for (int k = 0; k < signs.Length; k++) signs[k] = (sbyte)(((bits[k / 8] >> (k % 8)) & 1) == 0 ? 1 : -1);
        var transform = new InputTransform(signs);
        _transforms.Add((signsName, document.Columns), transform);
        return transform;
    }

    /// <summary>Reads a small tensor as float32; leaves the destination as it is where the tensor's level is missing.</summary>
    private void Read(string name, TensorType type, ImmutableArray<long> shape, int level, Span<float> destination)
    {
        if (AddressOf(name, type, shape, level) == nint.Zero) return;
        TensorInfo info = _tensors[name];
        TensorElements.Widen(type, file.File.Span(info.Offset, (int)info.ByteLength), destination);
    }

    private static string Spell(TensorType type, ImmutableArray<long> shape) => $"{TensorTypes.NameOf(type)} {TensorInfo.Spell(shape.AsSpan())}";

    private ModelFileException Broken(string tensor, string problem) => new(file.File.FilePath, tensor, problem);
}
