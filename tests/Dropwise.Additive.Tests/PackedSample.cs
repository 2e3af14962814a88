using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.Additive.Tests;

/// <summary>A random matrix of an additive format, packed, with its values in float64: what kernels are compared with.</summary>
internal sealed unsafe class PackedSample : IDisposable
{
    private readonly NativeBuffer[] _streams;
    private readonly ImmutableArray<StreamSpec> _specs;

    public PackedSample(FormatRow row, int rows, int columns, int seed)
    {
        Row = row;
        FormatDescriptor format = row.Descriptor;
        var random = new Random(seed);
        Matrix = new CanonicalMatrix(format, rows, columns)
        {
            Codebooks = RandomCodebooks(format, random),
            Transform = format.Rotation == Rotation.None ? null : Samples.Rotation(random, columns),
        };
        foreach (ushort[] plane in Matrix.Codes)
        {
            for (int i = 0; i < plane.Length; i++) plane[i] = (ushort)random.Next(format.CodeCount);
        }

        for (int i = 0; i < Matrix.RowScales.Length; i++) Matrix.RowScales[i] = (float)(Half)(0.5 + random.NextDouble());
        _specs = row.Streams(rows, columns);
        _streams = [.. _specs.Select(static spec => new NativeBuffer(spec.ByteLength))];
        Addresses = [.. _streams.Select(static stream => (nint)stream.Pointer)];
        row.Pack(Matrix, Addresses);
    }

    public FormatRow Row { get; }

    public CanonicalMatrix Matrix { get; }

    public nint[] Addresses { get; }

    /// <summary>One weight at a level, in float64.</summary>
    public double Weight(int level, int row, int column)
    {
        FormatDescriptor format = Row.Descriptor;
        CodebookSet set = Matrix.Codebooks!;
        double sum = 0;
        for (int m = 0; m < format.CodebooksAt(level); m++)
        {
            int code = Matrix.Codes[m][(row * (Matrix.Columns / format.Dimension)) + (column / format.Dimension)];
            sum += (double)set.Scales[m] * set.Codeword(m, code)[column % format.Dimension];
        }

        return sum * Matrix.RowScales[row];
    }

    /// <summary>W x at a level, in float64.</summary>
    public double[] Product(int level, float[] x)
    {
        var y = new double[Matrix.Rows];
        for (int row = 0; row < y.Length; row++)
        {
            for (int column = 0; column < x.Length; column++) y[row] += Weight(level, row, column) * x[column];
        }

        return y;
    }

    /// <summary>The address of a stream.</summary>
    public byte* Stream(string name) => (byte*)Addresses[_specs.ToList().FindIndex(spec => spec.Name == name)];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NativeBuffer stream in _streams) stream.Dispose();
    }

    private static CodebookSet RandomCodebooks(FormatDescriptor format, Random random)
    {
        var values = new float[format.CodebookCount * format.CodeCount * format.Dimension];
        var scales = new float[format.CodebookCount];
        bool integers = format.Codeword == ScalarType.Int8;
        for (int m = 0; m < scales.Length; m++) scales[m] = integers ? MathF.Pow(0.5f, m) / 40 : 1;
        float[] gaussian = Samples.Gaussian(random, values.Length);
        for (int i = 0; i < values.Length; i++)
            values[i] = integers ? Math.Clamp(MathF.Round(40 * gaussian[i]), -127, 127) : (float)(Half)gaussian[i];
        return new CodebookSet(format.CodebookCount, format.CodeCount, format.Dimension, values, scales);
    }
}
