using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>One quantized matrix of a checkpoint: everything that a packed matrix is made from, in place in the mapped file.</summary>
public sealed class CheckpointMatrix
{
    // A panel of 64 rows and these inputs is 128 KiB, which stays in the second-level cache while it is transposed.
    private const int PanelInputs = 512;

    private readonly ImmutableArray<nint> _streams;

    /// <summary>The weight's name.</summary>
    public required string Name { get; init; }

    /// <summary>The format.</summary>
    public required FormatRow Row { get; init; }

    /// <summary>Output rows N.</summary>
    public required int Rows { get; init; }

    /// <summary>Inputs K.</summary>
    public required int Columns { get; init; }

    /// <summary>Served levels that are in the file, at least 1.</summary>
    public required int Levels { get; init; }

    /// <summary>Weights in high precision.</summary>
    public required long Outliers { get; init; }

    /// <summary>
    /// The address of each stream in the order of <see cref="FormatRow.Streams"/>, valid while <see cref="Owner"/> is mapped;
    /// zero where the file was cut before the stream's level.
    /// </summary>
    public required ImmutableArray<nint> Streams
    {
        get => Packed is null ? _streams : Packed.Value.Addresses;
        init => _streams = value;
    }

    /// <summary>Where streams do not lie in the file as kernels read them, how they come into memory when they are first asked for; otherwise null.</summary>
    internal Lazy<StreamMemory>? Packed { get; init; }

    /// <summary>
    /// The codebooks of an additive format, one instance for all matrices that share them; otherwise null. Codebooks of levels
    /// that are missing are all zero.
    /// </summary>
    public required CodebookSet? Codebooks { get; init; }

    /// <summary>The rotation, one instance for all matrices that read the same input, or null.</summary>
    public required InputTransform? Transform { get; init; }

    /// <summary>The mapping that the streams lie in, or are made from: keep this matrix reachable for as long as they are used.</summary>
    public required MappedFile Owner { get; init; }

    /// <summary>Decodes some rows at the highest level, behind the rotation where there is one, but with their inputs in the model's order.</summary>
    /// <param name="firstRow">The first row.</param>
    /// <param name="values">Receives whole rows, [rows, K] float32.</param>
    /// <exception cref="ArgumentException">The values are not whole rows of the matrix.</exception>
    /// <exception cref="ObjectDisposedException">The mapping has ended.</exception>
    public unsafe void DecodeRows(int firstRow, Span<float> values)
    {
        ObjectDisposedException.ThrowIf(Owner.IsDisposed, Owner);
        int end = firstRow + (values.Length / Columns);
        if (values.Length % Columns != 0 || firstRow < 0 || end > Rows)
            throw new ArgumentException($"{values.Length} values from row {firstRow} on are not whole rows of {Rows} x {Columns}", nameof(values));
        using var packed = new PackedMatrix(Row, Rows, Columns, Streams.AsSpan(), Codebooks, Transform, Levels, this);
        using var memory = new NativeBuffer((long)PanelInputs * WeightMatrix.PanelRows * sizeof(float));
        float* panel = (float*)memory.Pointer;
        int[]? order = Transform?.Order;
        for (int panelRow = firstRow / WeightMatrix.PanelRows * WeightMatrix.PanelRows; panelRow < end; panelRow += WeightMatrix.PanelRows)
        {
            int from = Math.Max(firstRow, panelRow), to = Math.Min(end, panelRow + WeightMatrix.PanelRows);
            for (int first = 0; first < Columns; first += PanelInputs)
            {
                int count = Math.Min(PanelInputs, Columns - first);
                packed.DequantizePanel(Levels, panelRow, first, count, panel);
                for (int row = from; row < to; row++)
                {
                    Span<float> destination = values.Slice((row - firstRow) * Columns, Columns);
                    for (int k = 0; k < count; k++) destination[order is null ? first + k : order[first + k]] = panel[(k * WeightMatrix.PanelRows) + row - panelRow];
                }
            }
        }
    }

    /// <summary>Unpacks the matrix. Codes of levels that are missing are zero, as are their codebooks, so that they add nothing.</summary>
    /// <exception cref="ModelFileException">The file has outliers that are no matrix's.</exception>
    /// <exception cref="ObjectDisposedException">The mapping has ended.</exception>
    public CanonicalMatrix ToCanonical()
    {
        ObjectDisposedException.ThrowIf(Owner.IsDisposed, Owner);
        var matrix = new CanonicalMatrix(Row.Descriptor, Rows, Columns) { Codebooks = Codebooks, Transform = Transform };
        try
        {
            Row.Unpack(Streams.AsSpan(), matrix);
        }
        catch (ArgumentException e)
        {
            throw new ModelFileException(Owner.FilePath, Name, e.Message);
        }

        GC.KeepAlive(Owner);
        return matrix;
    }
}
