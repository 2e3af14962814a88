using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles.Tests;

/// <summary>
/// Formats with a layout as plain as can be, so that checkpoints are tested apart from the generated kernels: codes a byte each,
/// row-major, rows padded to 64.
/// </summary>
internal static unsafe class PlainFormat
{
    /// <summary>Nested additive codes with int8 codewords behind a rotation, codebooks of the tensor's own.</summary>
    public static FormatRow Nested { get; } = Row(new FormatDescriptor
    {
        Name = "plain-nested", Kind = CodeKind.Additive, CodeBits = 8, CodebookCount = 3, Dimension = 4, Codeword = ScalarType.Int8,
        OutputScale = ScalarType.Float16, Nested = true, Rotation = Rotation.BlockHadamard,
    });

    /// <summary>Additive codes with float16 codewords in one set a model.</summary>
    public static FormatRow Shared { get; } = Row(new FormatDescriptor
    {
        Name = "plain-shared", Kind = CodeKind.Additive, CodeBits = 4, CodebookCount = 2, Dimension = 2, Codeword = ScalarType.Float16,
        Scope = CodebookScope.Model, OutputScale = ScalarType.Float16,
    });

    /// <summary>4-bit integers in groups of 8 inputs.</summary>
    public static FormatRow Uniform { get; } = Row(new FormatDescriptor
    {
        Name = "plain-uniform", Kind = CodeKind.Uniform, CodeBits = 4, GroupSize = 8, Zero = ZeroPoint.Original,
    });

    /// <summary>All of them.</summary>
    public static FormatRegistry Registry { get; } = new([Nested, Shared, Uniform]);

    /// <summary>The row of a format in the plain layout.</summary>
    public static FormatRow Row(FormatDescriptor format) => new()
    {
        Descriptor = format,
        TileRows = 64,
        Streams = (n, k, _) => Streams(format, n, k),
        Pack = (source, streams) => Copy(source, streams, pack: true),
        Unpack = (streams, destination) => Copy(destination, streams, pack: false),
        Kernels = [],
        Source = engine => throw new NotSupportedException($"the plain layout has no kernels for {engine}"),
    };

    private static ImmutableArray<StreamSpec> Streams(FormatDescriptor format, int n, int k)
    {
        long rows = (n + 63) / 64 * 64;
        var specs = new List<StreamSpec>();
        for (int m = 1; m <= format.CodebookCount; m++)
            specs.Add(new StreamSpec($"codes.{m}", format.Nested ? m : 1, ScalarType.UInt8, [rows, k / format.Dimension]));
        if (format.GroupSize > 0) specs.Add(new StreamSpec("scales", 1, ScalarType.Float16, [rows, format.GroupsOf(k)]));
        if (format.Zero != ZeroPoint.None) specs.Add(new StreamSpec("zeros", 1, ScalarType.UInt8, [rows, format.GroupsOf(k)]));
        if (format.OutputScale is not null) specs.Add(new StreamSpec("row_scales", 1, ScalarType.Float16, [rows]));
        return [.. specs.OrderBy(spec => spec.Level)];
    }

    private static void Copy(CanonicalMatrix matrix, ReadOnlySpan<nint> streams, bool pack)
    {
        ImmutableArray<StreamSpec> specs = Streams(matrix.Format, matrix.Rows, matrix.Columns);
        for (int s = 0; s < specs.Length; s++)
        {
            if (streams[s] == 0) continue;
            byte* bytes = (byte*)streams[s];
            Half* halves = (Half*)streams[s];
            switch (specs[s].Name)
            {
                case "scales":
                    CopyAll(matrix.GroupScales, pack, i => (float)halves[i], (i, v) => halves[i] = (Half)v);
                    break;
                case "zeros":
                    CopyAll(matrix.GroupZeros, pack, i => bytes[i], (i, v) => bytes[i] = (byte)v);
                    break;
                case "row_scales":
                    CopyAll(matrix.RowScales, pack, i => (float)halves[i], (i, v) => halves[i] = (Half)v);
                    break;
                default:
                    CopyAll(matrix.Codes[int.Parse(specs[s].Name[^1..]) - 1], pack, i => bytes[i], (i, v) => bytes[i] = (byte)v);
                    break;
            }
        }
    }

    private static void CopyAll<T>(T[] values, bool pack, Func<int, T> read, Action<int, T> write)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (pack) write(i, values[i]);
            else values[i] = read(i);
        }
    }
}
