using System.Collections.Immutable;

namespace Dropwise.Cpu;

/// <summary>
/// A quantized matrix in the layout of its format's kernels: addresses of operand streams, in a mapped file or in memory of its own,
/// and the kernels that read them.
/// </summary>
public sealed unsafe partial class PackedMatrix : WeightMatrix
{
    /// <summary>The most codebooks of a format.</summary>
    internal const int MaxCodebooks = 8;

    private readonly PackedStream[] _codes;
    private readonly PackedStream _scales;
    private readonly PackedStream _zeros;
    private readonly PackedStream _statistics;
    private readonly nint _outlierEnds;
    private readonly nint _outliers;
    private readonly PackedStream _rowScales;
    private readonly int _rowScaleBytes;
    private readonly LevelKernels[] _kernels;
    private readonly long[] _bytesRead;
    private readonly nint[] _addresses;
    private readonly object _owner;

    /// <summary>Wraps streams where they lie.</summary>
    /// <param name="row">The format.</param>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    /// <param name="streamAddresses">The streams in the order of <see cref="FormatRow.Streams"/>, of any alignment; 0 where a level is missing.</param>
    /// <param name="codebooks">The codebooks of an additive format; otherwise null.</param>
    /// <param name="transform">The rotation or the order of the inputs, or null.</param>
    /// <param name="levels">Levels that are present, from 1.</param>
    /// <param name="owner">What keeps the memory alive; held as long as the matrix. A <see cref="NativeBuffer"/> is the matrix's own and freed with it.</param>
    /// <param name="isa">The highest instruction set of kernels to use; null for <see cref="CpuFeatures.Selected"/>.</param>
    /// <exception cref="ArgumentException">Streams, codebooks or rotation do not fit the format and shape.</exception>
    public PackedMatrix(
        FormatRow row,
        int rows,
        int columns,
        ReadOnlySpan<nint> streamAddresses,
        CodebookSet? codebooks,
        InputTransform? transform,
        int levels,
        object owner,
        CpuIsa? isa = null)
        : base(rows, columns)
    {
        FormatDescriptor format = row.Descriptor;
        ImmutableArray<StreamSpec> specs = row.Streams(rows, columns);
        if (streamAddresses.Length != specs.Length)
            throw new ArgumentException($"{streamAddresses.Length} streams, but {format.Name} has {specs.Length}", nameof(streamAddresses));
        ArgumentOutOfRangeException.ThrowIfLessThan(levels, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(levels, format.Levels);
        if ((format.Kind == CodeKind.Additive) != (codebooks is not null))
            throw new ArgumentException($"{format.Name} {(codebooks is null ? "needs" : "has no")} codebooks", nameof(codebooks));

        // Any format may have its inputs in another order, but rotated ones are a declared part.
        if ((format.Rotation != Rotation.None) != (transform is { Order: null }))
            throw new ArgumentException($"{format.Name} {(transform is null ? "needs" : "has no")} rotation", nameof(transform));
        if (transform is not null && transform.Columns != columns)
            throw new ArgumentException($"a rotation of {transform.Columns} inputs for a matrix of {columns} columns", nameof(transform));
        Format = row;
        Codebooks = codebooks;
        PreparedCodebooks = codebooks is null ? null : Cpu.PreparedCodebooks.Of(codebooks);
        Transform = transform;
        Levels = levels;
        _owner = owner;
        _addresses = streamAddresses.ToArray();
        _rowScaleBytes = format.OutputScale is { } type ? FormatDescriptor.BitsOf(type) / 8 : 0;
        _codes = new PackedStream[format.CodebookCount];
        ImmutableArray<StreamSpec> tile = row.Streams(row.TileRows, columns);
        ImmutableArray<StreamSpec> block = row.Streams(row.TileRows, 32);
        ImmutableArray<StreamSpec> group = row.Streams(row.TileRows, GroupUnit);
        for (int i = 0; i < specs.Length; i++)
        {
            if (streamAddresses[i] == 0 && specs[i].Level <= levels)
                throw new ArgumentException($"stream {specs[i].Name} is missing, but level {levels} needs it", nameof(streamAddresses));
            var stream = new PackedStream(streamAddresses[i], tile[i].ByteLength, block[i].ByteLength, group[i].ByteLength);
            switch (specs[i].Name)
            {
                case "scales": _scales = stream; break;
                case "zeros": _zeros = stream; break;
                case "row_scales": _rowScales = stream; break;
                case "statistics": _statistics = stream; break;
                case OutlierStreams.JobsName: _outlierEnds = streamAddresses[i]; break;
                case OutlierStreams.EntriesName: _outliers = streamAddresses[i]; break;
                case BlocksName: _blocks = stream; break;
                default: _codes[int.Parse(specs[i].Name.AsSpan("codes.".Length)) - 1] = stream; break;
            }
        }

        if (format.Outliers is not null)
        {
            Outliers = OutlierStreams.Count((uint*)_outlierEnds, rows, columns);
            specs = row.Streams(rows, columns, Outliers);
        }

        Tiles = (rows + row.TileRows - 1) / row.TileRows;
        _bytesRead = [.. Enumerable.Range(1, levels).Select(level => specs.Where(s => s.Level <= level).Sum(s => s.ByteLength))];
        _kernels = [.. Enumerable.Range(1, levels).Select(level => new LevelKernels(row, level, isa ?? CpuFeatures.Selected))];
    }

    /// <summary>The format.</summary>
    public FormatRow Format { get; }

    /// <summary>Weights in high precision.</summary>
    public long Outliers { get; }

    /// <summary>The codebooks of an additive format; otherwise null.</summary>
    public CodebookSet? Codebooks { get; }

    /// <summary>
    /// Where the streams lie, in the order of <see cref="FormatRow.Streams"/>; 0 where a level is missing. Whoever reads them keeps the matrix
    /// alive meanwhile.
    /// </summary>
    public ReadOnlySpan<nint> StreamAddresses => _addresses;

    /// <summary>The codebooks as kernels read them; otherwise null.</summary>
    internal PreparedCodebooks? PreparedCodebooks { get; }

    /// <summary>
    /// Inputs of a row as kernels count them: whole blocks of 32, whose padding is zero, but for additive codes as many as there are,
    /// which is whole runs.
    /// </summary>
    internal int KernelInputs => Format.Descriptor.Kind == CodeKind.Additive ? Columns : Activations.PaddedColumns(Columns);

    /// <inheritdoc/>
    public override InputTransform? Transform { get; }

    /// <inheritdoc/>
    public override int Levels { get; }

    // Wide additive codes: bytes from one row's codes to the next.
    private long RowBytes => Columns / Format.Descriptor.Dimension * (long)sizeof(ushort);

    // Inputs from one step of the group streams to the next: groups of 16 are stored two at a time.
    private int GroupUnit => Math.Max(Activations.PaddedColumns(1), Format.Descriptor.GroupSize);

    /// <summary>Tiles of the matrix.</summary>
    internal int Tiles { get; }

    /// <summary>Packs a matrix into memory of its own.</summary>
    /// <param name="row">The format of the matrix.</param>
    /// <param name="source">The matrix.</param>
    /// <param name="isa">The highest instruction set of kernels to use; null for <see cref="CpuFeatures.Selected"/>.</param>
    /// <exception cref="ArgumentException">The matrix is of another format.</exception>
    public static PackedMatrix FromCanonical(FormatRow row, CanonicalMatrix source, CpuIsa? isa = null)
    {
        if (source.Format.Name != row.Descriptor.Name)
            throw new ArgumentException($"a matrix of format {source.Format.Name} for the row of {row.Descriptor.Name}", nameof(source));
        ImmutableArray<StreamSpec> specs = row.Streams(source.Rows, source.Columns, source.Outliers.Length);
        long[] offsets = new long[specs.Length];
        long length = 0;
        for (int i = 0; i < specs.Length; i++)
        {
            offsets[i] = length;
            length += (specs[i].ByteLength + NativeBuffer.Alignment - 1) / NativeBuffer.Alignment * NativeBuffer.Alignment;
        }

        var memory = new NativeBuffer(length);
        nint[] addresses = [.. offsets.Select(offset => (nint)(memory.Pointer + offset))];
        row.Pack(source, addresses);
        return new PackedMatrix(
            row, source.Rows, source.Columns, addresses, source.Codebooks, source.Transform, row.Descriptor.Levels, memory, isa);
    }

    /// <inheritdoc/>
    public override long BytesRead(int level) => _bytesRead[level - 1];

    /// <inheritdoc/>
    public override void DequantizePanel(int level, int firstRow, int firstColumn, int count, float* panel)
    {
        if (Format.Descriptor.Block is not null)
        {
            DequantizeBlocks(level, firstRow, firstColumn, count, panel);
            return;
        }

        int whole = Format.Descriptor.Kind == CodeKind.Additive ? count : count & ~31;
        if (whole != 0) Dequantize(level, firstRow, firstColumn, whole, panel);
        if (whole == count) return;

        // Kernels write whole blocks of 32 inputs; the last one goes through memory of its own where the panel ends before it.
        float* block = stackalloc float[32 * PanelRows];
        Dequantize(level, firstRow, firstColumn + whole, 32, block);
        new ReadOnlySpan<float>(block, (count - whole) * PanelRows).CopyTo(new Span<float>(panel + (whole * PanelRows), (count - whole) * PanelRows));
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        (_owner as NativeBuffer)?.Dispose();
        base.Dispose();
    }

    /// <summary>The kernel for a number of tokens.</summary>
    /// <param name="level">1 to <see cref="Levels"/>.</param>
    /// <param name="tokens">Tokens M.</param>
    /// <returns>Null where float panels are the way.</returns>
    internal KernelEntry? KernelFor(int level, int tokens)
    {
        LevelKernels kernels = _kernels[level - 1];
        if (tokens == 1) return kernels.Gemv;
        return kernels.Gemm ?? (tokens <= LevelKernels.MaxGemvTokens ? kernels.Gemv : null);
    }

    /// <summary>The kernel to use where others share the tables that it would read.</summary>
    /// <param name="kernel">What <see cref="KernelFor"/> returned.</param>
    /// <param name="sharingRows">Rows of all matrices of the call that read the same tables, this one included.</param>
    /// <param name="workers">Workers of the team.</param>
    internal KernelEntry Cheaper(KernelEntry kernel, int sharingRows, int workers)
    {
        KernelEntry? decode = _kernels[kernel.Level - 1].Decode;
        if (decode is null || kernel.Activation != ActivationKind.ProductTable) return kernel;
        return AdditiveCost.PrefersTables(Format.Descriptor, kernel.Level, kernel.Isa, Rows, sharingRows, workers) ? kernel : decode;
    }

    /// <summary>Rows of a tile as stored: the last may have fewer than the others, a multiple of 64 but of blocks.</summary>
    /// <param name="index">The tile.</param>
    internal int StoredRows(int index)
    {
        if (Format.Descriptor.Block is not null) return Math.Min(Format.TileRows, Rows - (index * Format.TileRows));
        int padded = (Rows + PanelRows - 1) / PanelRows * PanelRows;
        return Math.Min(Format.TileRows, padded - (index * Format.TileRows));
    }

    /// <summary>Points a kernel at a tile and its inputs from the first on.</summary>
    /// <param name="tile">Receives the addresses; its <see cref="TileArguments.Codes"/> has room for all codebooks.</param>
    /// <param name="index">The tile.</param>
    /// <param name="rowInTile">The first row to read inside the tile, a multiple of 64.</param>
    /// <param name="firstInput">The first input, a multiple of 32.</param>
    internal void Bind(TileArguments* tile, int index, int rowInTile, int firstInput)
    {
        FormatDescriptor format = Format.Descriptor;
        if (format.Block is { } block)
        {
            BindBlocks(tile, block, (index * Format.TileRows) + rowInTile, firstInput);
            return;
        }

        int storedRows = StoredRows(index);
        for (int m = 0; m < _codes.Length; m++)
        {
            // Inside a tile, rows are the innermost index of codes, so a row offset is codes and an input offset whole rows of the tile; but wide
            // codes lie row after row.
            PackedStream codes = _codes[m];
            long inTile = format.HasWideCodes
                ? (rowInTile * RowBytes) + (firstInput / format.Dimension * sizeof(ushort))
                : (firstInput / 32 * codes.BlockBytes * storedRows / Format.TileRows) + (rowInTile * format.CodeBits / 8);
            tile->Codes[m] = (byte*)codes.Address + (index * codes.TileBytes) + inTile;
        }

        long group = format.GroupSize == 0 ? 0 : firstInput / GroupUnit;
        tile->Scales = (byte*)_scales.Address + (index * _scales.TileBytes) + (group * _scales.GroupBytes);
        tile->Zeros = (byte*)_zeros.Address + (index * _zeros.TileBytes) + (group * _zeros.GroupBytes);
        tile->Statistics = (byte*)_statistics.Address + (index * _statistics.TileBytes) + (group * _statistics.GroupBytes);
        tile->OutlierEnds = (uint*)_outlierEnds;
        tile->Outliers = (uint*)_outliers;
        tile->JobsAcross = OutlierStreams.JobsAcross(Columns);
        tile->FirstJob = (long)index * OutlierStreams.JobsPerTile * tile->JobsAcross;
        tile->RowScales = (ushort*)(_rowScales.Address + (index * _rowScales.TileBytes) + (rowInTile * _rowScaleBytes));
        tile->Codebooks = PreparedCodebooks is null ? null : PreparedCodebooks.Values;
        tile->RowBytes = RowBytes;
        tile->TileRows = storedRows;
        tile->Rows = storedRows - rowInTile;
        tile->FirstInput = firstInput;
    }

    private void Dequantize(int level, int firstRow, int firstColumn, int count, float* panel)
    {
        byte** codes = stackalloc byte*[MaxCodebooks];
        var tile = new TileArguments { Codes = codes, Output = panel, Inputs = count };
        Bind(&tile, firstRow / Format.TileRows, firstRow % Format.TileRows, firstColumn);
        _kernels[level - 1].Dequantize.Function(&tile);
        GC.KeepAlive(_owner);

        // A row of padding has a scale of zero, but where it shares statistics with the rows before it, or where no scale follows its codewords.
        int rows = Rows - firstRow;
        bool isScaled = Format.Descriptor is { SecondLevel: null } and ({ Kind: not CodeKind.Additive } or { OutputScale: not null });
        if (isScaled || rows >= PanelRows) return;
        for (int input = 0; input < count; input++) new Span<float>(panel + (input * PanelRows) + rows, PanelRows - rows).Clear();
    }
}
