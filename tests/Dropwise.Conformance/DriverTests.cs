using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Reference;

namespace Dropwise.Conformance.Tests;

/// <summary>What surrounds the kernels: sets of products, caches of prepared activations, workers, preconditions.</summary>
public sealed unsafe class DriverTests
{
    private static readonly FormatRegistry Registry = new(Dropwise.Formats.FormatTable.Rows);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(2, 5)]
    [InlineData(3, 70)]
    public void Matrices_of_several_formats_share_one_input(int workers, int tokens)
    {
        string[] formats = ["int4g32", "int8g32", "nf4g64", "int4g32", "int3g128"];
        int[] rows = [65, 130, 1, 256, 64];
        const int columns = 288;
        CanonicalMatrix[] sources = [.. formats.Zip(rows, (format, n) => Draw(format, n, columns))];
        PackedMatrix[] weights = [.. sources.Select(static s => PackedMatrix.FromCanonical(Registry[s.Format.Name], s))];
        using var team = new WorkerTeam(workers);
        using Activations x = Inputs(tokens, columns);
        float[][] outputs = Multiply(team, x, weights, Precision.Fast);
        for (int i = 0; i < weights.Length; i++) Assert.InRange(ErrorOf(sources[i], 1, x, outputs[i]), 0, 1.5e-2);
    }

    [Theory]
    [InlineData("int4g128", 1)]
    [InlineData("int8g32", 7)]
    [InlineData("dbd4x8g8h", 1)]
    [InlineData("dbd4x8g8h", 20)]
    public void Exact_products_have_float_errors_behind_a_rotation_too(string format, int tokens)
    {
        CanonicalMatrix source = Draw(format, 130, 320);
        using PackedMatrix weights = PackedMatrix.FromCanonical(Registry[format], source);
        using var team = new WorkerTeam(2);
        using Activations x = Inputs(tokens, 320);
        for (int level = 1; level <= weights.Levels; level++)
            Assert.InRange(ErrorOf(source, level, x, Multiply(team, x, [weights], Precision.Exact, level)[0]), 0, 1e-5);
    }

    [Fact]
    public void Prepared_activations_are_kept_until_the_values_change()
    {
        CanonicalMatrix source = Draw("int4g32", 64, 64);
        using PackedMatrix weights = PackedMatrix.FromCanonical(Registry["int4g32"], source);
        using var team = new WorkerTeam(1);
        using Activations x = Inputs(1, 64);
        float[] first = Multiply(team, x, [weights], Precision.Fast)[0];
        for (int i = 0; i < 64; i++) x.Values[i] *= 2;
        Assert.Equal(first, Multiply(team, x, [weights], Precision.Fast)[0]);
        x.Changed();
        Assert.InRange(ErrorOf(source, 1, x, Multiply(team, x, [weights], Precision.Fast)[0]), 0, 1.5e-2);
    }

    [Theory]
    [InlineData("int4g32", 1)]
    [InlineData("int4g32", 12)]
    [InlineData("nf4g64", 12)]
    [InlineData("dbd4x8g8h", 1)]
    public void A_product_allocates_nothing_once_buffers_have_grown(string format, int tokens)
    {
        using PackedMatrix weights = PackedMatrix.FromCanonical(Registry[format], Draw(format, 128, 256));
        using var team = new WorkerTeam(1);
        using Activations x = Inputs(tokens, 256);
        using var y = new NativeBuffer(tokens * 128 * sizeof(float));
        long allocated = 0;
        for (int i = 0; i < 3; i++)
        {
            x.Changed();
            long before = GC.GetAllocatedBytesForCurrentThread();
            MatrixMultiply.Run(team, x, [new MatrixProduct(weights, 1, (float*)y.Pointer, 128)], Precision.Fast);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void A_nested_matrix_runs_at_the_levels_that_are_present()
    {
        FormatRow row = Registry["dbd4x8g8"];
        CanonicalMatrix source = Draw("dbd4x8g8", 130, 288);
        ImmutableArray<StreamSpec> specs = row.Streams(130, 288);
        NativeBuffer[] buffers = [.. specs.Select(static s => new NativeBuffer(s.ByteLength))];
        nint[] addresses = [.. buffers.Select(static b => (nint)b.Pointer)];
        row.Pack(source, addresses);
        for (int i = 0; i < addresses.Length; i++) addresses[i] = specs[i].Level > 2 ? 0 : addresses[i];
        using var weights = new PackedMatrix(row, 130, 288, addresses, source.Codebooks, null, 2, buffers);
        using var team = new WorkerTeam(1);
        using Activations x = Inputs(1, 288);
        Assert.InRange(ErrorOf(source, 2, x, Multiply(team, x, [weights], Precision.Exact, 2)[0]), 0, 1e-5);
        ArgumentOutOfRangeException above = Assert.Throws<ArgumentOutOfRangeException>(() => Multiply(team, x, [weights], Precision.Fast, 3));
        Assert.Equal(3, above.ActualValue);
        ArgumentException missing = Assert.Throws<ArgumentException>(
            () => new PackedMatrix(row, 130, 288, addresses, source.Codebooks, null, 3, buffers));
        Assert.Contains("codes.3", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Activations_of_another_length_are_refused()
    {
        using PackedMatrix weights = PackedMatrix.FromCanonical(Registry["int4g32"], Draw("int4g32", 64, 64));
        using var team = new WorkerTeam(1);
        using Activations x = Inputs(1, 96);
        Assert.Contains("96 inputs", Assert.Throws<ArgumentException>(() => Multiply(team, x, [weights], Precision.Fast)).Message);
    }

    private static CanonicalMatrix Draw(string format, int rows, int columns) =>
        MatrixSource.Draw(Registry[format].Descriptor, rows, columns, new ValueSource(ValueDistribution.Gaussian, 5));

    private static Activations Inputs(int tokens, int columns)
    {
        var x = new Activations(tokens, columns);
        var values = new ValueSource(ValueDistribution.Gaussian, 6);
        for (int token = 0; token < tokens; token++) values.Activations(new Span<float>(x.Values + ((nint)token * x.Stride), columns), token);
        x.Changed();
        return x;
    }

    private static float[][] Multiply(WorkerTeam team, Activations x, PackedMatrix[] weights, Precision precision, int level = 1)
    {
        NativeBuffer[] buffers = [.. weights.Select(w => new NativeBuffer((long)x.Tokens * w.Rows * sizeof(float)))];
        MatrixProduct[] products = [.. weights.Zip(buffers, (w, buffer) => new MatrixProduct(w, level, (float*)buffer.Pointer, w.Rows))];
        MatrixMultiply.Run(team, x, products, precision);
        return [.. buffers.Select(b =>
        {
            float[] values = new ReadOnlySpan<float>(b.Pointer, (int)(b.ByteLength / sizeof(float))).ToArray();
            b.Dispose();
            return values;
        })];
    }

    private static double ErrorOf(CanonicalMatrix source, int level, Activations x, float[] actual)
    {
        var oracle = new ReferenceProduct(source, level);
        double[] expected = new double[source.Rows];
        double[] magnitudes = new double[source.Rows];
        ErrorNorm norm = default;
        for (int token = 0; token < x.Tokens; token++)
        {
            oracle.Multiply(new ReadOnlySpan<float>(x.Values + ((nint)token * x.Stride), source.Columns), expected, magnitudes);
            for (int r = 0; r < source.Rows; r++) norm.Add(actual[(token * source.Rows) + r], expected[r], expected[r]);
        }

        return norm.Value;
    }
}
