using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Dropwise.Cpu;

namespace Dropwise.Inference;

/// <summary>
/// Makes packed matrices whose codes are random bits, without quantizing anything: every bit pattern is a valid code, but that the code under an
/// outlier is 0. Also unquantized ones, whose memory is the factory's.
/// </summary>
/// <param name="seed">The seed.</param>
public sealed unsafe class RandomMatrixFactory(ulong seed) : IDisposable
{
    private const string CodesName = "codes.1";

    private readonly Xoshiro256 _random = new(seed);
    private readonly byte[] _bits = new byte[1 << 20];
    private readonly List<NativeBuffer> _unquantized = [];
    private readonly Dictionary<string, CodebookSet> _modelCodebooks = new(StringComparer.Ordinal);

    /// <summary>A rotation with random signs.</summary>
    /// <param name="columns">Inputs K.</param>
    public InputTransform Transform(int columns)
    {
        sbyte[] signs = new sbyte[columns];
        for (int i = 0; i < columns; i++) signs[i] = (_random.NextBits() & 1) == 0 ? (sbyte)1 : (sbyte)-1;
        return new InputTransform(signs);
    }

    /// <summary>A matrix whose values have a spread of about 1/√K, so that activations keep their size.</summary>
    /// <param name="row">The format.</param>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    /// <param name="site">The rotation of the input, used where the format has one.</param>
    /// <param name="level">The highest level to serve; null for all.</param>
    public PackedMatrix Create(FormatRow row, int rows, int columns, InputTransform site, int? level = null)
    {
        FormatDescriptor format = row.Descriptor;
        long outliers = format.Outliers is null ? 0 : RandomOutliers.Count(rows, columns);
        ImmutableArray<StreamSpec> specs = row.Streams(rows, columns, outliers);
        var memory = new NativeBuffer(specs.Sum(static spec => Padded(spec.ByteLength)));
        nint[] addresses = new nint[specs.Length];
        byte* next = memory.Pointer;
        float scale = Scale(format, columns);
        for (int i = 0; i < specs.Length; i++)
        {
            addresses[i] = (nint)next;
            if (specs[i].Name == "statistics") FillWithStatistics((Half*)next, specs[i].ByteLength / sizeof(Half), format, scale);
            else if (specs[i].Name == OutlierStreams.JobsName) RandomOutliers.FillJobs((uint*)next, rows, columns);
            else if (specs[i].Name == OutlierStreams.EntriesName) RandomOutliers.FillEntries((uint*)next, rows, columns, (Half)(scale * format.MaximumCode));
            else if (specs[i].Name == CodesName && outliers != 0) FillWithCodes(next, specs[i].ByteLength, row, rows, columns);
            else if (specs[i].Type == ScalarType.Float16) Fill((Half*)next, specs[i].ByteLength / sizeof(Half), (Half)scale);
            else FillWithBits(next, specs[i].ByteLength);
            if (specs[i].Name == PackedMatrix.BlocksName) RandomBlocks.FillNumbers(next, specs[i].ByteLength, format, scale);
            next += Padded(specs[i].ByteLength);
        }

        return new PackedMatrix(
            row, rows, columns, addresses, format.Kind == CodeKind.Additive ? Codebooks(format) : null,
            format.Rotation == Rotation.None ? null : site, level ?? format.Levels, memory);
    }

    /// <summary>An unquantized matrix of the same spread, bfloat16, valid as long as the factory.</summary>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    public WeightMatrix CreateUnquantized(int rows, int columns)
    {
        var memory = new NativeBuffer((long)rows * columns * sizeof(ushort));
        _unquantized.Add(memory);
        Span<ushort> pattern = MemoryMarshal.Cast<byte, ushort>(new byte[_bits.Length].AsSpan());

        // Uniform values of a spread of 1/√K; a bfloat16 is the upper half of a float32.
        double reach = Math.Sqrt(3.0 / columns);
        for (int i = 0; i < pattern.Length; i++)
            pattern[i] = (ushort)(BitConverter.SingleToUInt32Bits((float)(((_random.NextDouble() * 2) - 1) * reach)) >> 16);
        Repeat(MemoryMarshal.AsBytes(pattern), memory.Pointer, memory.ByteLength);
        return DenseMatrix.Create(ScalarType.BFloat16, rows, columns, memory.Pointer, memory);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NativeBuffer memory in _unquantized) memory.Dispose();
    }

    /// <summary>A scale that brings codes to a spread of about 1/√K.</summary>
    private static float Scale(FormatDescriptor format, int columns)
    {
        // Codes of a uniform format reach 2^(bits − 1) around their zero; codewords reach about 1.
        double reach = format.Kind switch
        {
            CodeKind.Uniform => Math.Pow(2, format.CodeBits - 1),
            CodeKind.Lookup => format.LookupValues.Max(Math.Abs),
            _ => 1,
        };
        return (float)(1 / (Math.Sqrt(columns) * reach));
    }

    private static long Padded(long byteLength) => (byteLength + NativeBuffer.Alignment - 1) / NativeBuffer.Alignment * NativeBuffer.Alignment;

    private static void Fill(Half* destination, long count, Half value)
    {
        for (long i = 0; i < count; i++) destination[i] = value;
    }

    // Scales between one and two steps of eight, zeros in the middle half of the codes: s = S · (s_q + 8), z = S_z · (z_q + 4).
    private static void FillWithStatistics(Half* destination, long count, FormatDescriptor format, float scale)
    {
        ReadOnlySpan<Half> group = [(Half)(scale / 8), (Half)(-8f), (Half)(format.MaximumCode / 16f), (Half)(-4f)];
        for (long i = 0; i < count; i++) destination[i] = group[(int)(i % group.Length)];
    }

    private CodebookSet Codebooks(FormatDescriptor format)
    {
        if (format.Scope == CodebookScope.Model && _modelCodebooks.TryGetValue(format.Name, out CodebookSet? shared)) return shared;
        int codewords = 1 << format.CodeBits;
        float[] values = new float[format.CodebookCount * codewords * format.Dimension];
        float[] scales = new float[format.CodebookCount];
        bool integers = format.Codeword == ScalarType.Int8;
        for (int i = 0; i < values.Length; i++)
        {
            double value = (_random.NextDouble() * 2) - 1;
            values[i] = integers ? (float)Math.Round(value * 127) : (float)(Half)value;
        }

        Array.Fill(scales, integers ? 1f / 127 : 1f);
        return _modelCodebooks[format.Name] = new CodebookSet(format.CodebookCount, codewords, format.Dimension, values, scales);
    }

    /// <summary>Packs random codes of one tile of rows with zeros under its outliers, and repeats them for the others.</summary>
    private void FillWithCodes(byte* destination, long byteLength, FormatRow row, int rows, int columns)
    {
        int tiles = rows / row.TileRows, rest = rows % row.TileRows;
        long restBytes = rest == 0 ? 0 : FillWithTile(destination, byteLength, row, rest, columns, last: true);
        if (tiles != 0) FillWithTile(destination, byteLength - restBytes, row, row.TileRows, columns, last: false);
    }

    /// <returns>Bytes of the tile's codes.</returns>
    private long FillWithTile(byte* destination, long byteLength, FormatRow row, int rows, int columns, bool last)
    {
        var tile = new CanonicalMatrix(row.Descriptor, rows, columns);
        ushort[] codes = tile.Codes[0];
        for (int i = 0; i < codes.Length; i++) codes[i] = (ushort)(_random.NextBits() % (ulong)row.Descriptor.CodeCount);
        RandomOutliers.ClearCodes(codes, rows, columns);
        using PackedMatrix packed = PackedMatrix.FromCanonical(row, tile);
        ImmutableArray<StreamSpec> specs = row.Streams(rows, columns);
        int stream = specs.IndexOf(specs.First(static spec => spec.Name == CodesName));
        long bytes = specs[stream].ByteLength;
        var pattern = new ReadOnlySpan<byte>((void*)packed.StreamAddresses[stream], checked((int)bytes));
        if (last) pattern.CopyTo(new Span<byte>(destination + byteLength - bytes, pattern.Length));
        else Repeat(pattern, destination, byteLength);
        return bytes;
    }

    /// <summary>Repeats one megabyte of random bits: more would cost seconds and show nothing else.</summary>
    private void FillWithBits(byte* destination, long byteLength)
    {
        Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(_bits.AsSpan());
        if (words[0] == 0)
        {
            for (int i = 0; i < words.Length; i++) words[i] = _random.NextBits();
        }

        Repeat(_bits, destination, byteLength);
    }

    private static void Repeat(ReadOnlySpan<byte> pattern, byte* destination, long byteLength)
    {
        for (long done = 0; done < byteLength; done += pattern.Length)
        {
            int count = (int)Math.Min(pattern.Length, byteLength - done);
            pattern[..count].CopyTo(new Span<byte>(destination + done, count));
        }
    }
}
