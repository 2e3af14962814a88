using Dropwise.Cpu;
using Dropwise.Formats;

namespace Dropwise.Additive.Tests;

public sealed unsafe class AdditiveProductTests
{
    [Theory]
    [InlineData("aq2x8g8", 300, 1064, 1, 1)]
    [InlineData("aq2x8g8", 300, 1064, 3, 2)]
    [InlineData("aq4x4g4", 530, 292, 8, 2)]
    [InlineData("dbd4x8g8", 300, 1064, 2, 3)]
    [InlineData("dbd4x8g8h", 1024, 1536, 1, 2)]
    [InlineData("dbd4x8g8h", 320, 576, 4, 2)]
    public void Products_agree_with_float64(string name, int rows, int columns, int tokens, int workers)
    {
        using var sample = new PackedSample(FormatTable.Rows.Single(row => row.Descriptor.Name == name), rows, columns, seed: rows);
        using PackedMatrix matrix = PackedMatrix.FromCanonical(sample.Row, sample.Matrix);
        using var team = new WorkerTeam(workers);
        using var x = new Activations(tokens, columns);
        var y = new float[tokens * rows];
        for (int level = 1; level <= sample.Row.Descriptor.Levels; level++)
        {
            foreach (Precision precision in (ReadOnlySpan<Precision>)[Precision.Fast, Precision.Exact])
            {
                Fill(x, tokens, columns, level);
                fixed (float* output = y) MatrixMultiply.Run(team, x, [new MatrixProduct(matrix, level, output, rows)], precision);
                for (int token = 0; token < tokens; token++)
                {
                    float[] values = new ReadOnlySpan<float>(x.Values + (token * x.Stride), columns).ToArray();
                    if (sample.Matrix.Transform is { } transform) InputTransforms.RotateRows(transform, values);
                    double error = Samples.RelativeError(y.AsSpan(token * rows, rows), sample.Product(level, values));
                    Assert.True(error <= (precision == Precision.Exact ? 1e-5 : 1.5e-2), $"level {level}, {precision}, token {token}: {error:g3}");
                }
            }
        }
    }

    [Fact]
    public void A_higher_level_of_shared_codebooks_extends_the_tables()
    {
        using var sample = new PackedSample(FormatTable.Rows.Single(static row => row.Descriptor.Name == "dbd4x8g8"), 256, 512, seed: 9);
        using PackedMatrix matrix = PackedMatrix.FromCanonical(sample.Row, sample.Matrix);
        using var team = new WorkerTeam(1);
        using var x = new Activations(1, 512);
        Fill(x, 1, 512, seed: 9);
        float[] values = new ReadOnlySpan<float>(x.Values, 512).ToArray();
        var y = new float[3 * 256];
        fixed (float* output = y)
        {
            MatrixMultiply.Run(team, x, [new MatrixProduct(matrix, 1, output, 256), new MatrixProduct(matrix, 3, output + 256, 256)], Precision.Fast);
            MatrixMultiply.Run(team, x, [new MatrixProduct(matrix, 4, output + 512, 256)], Precision.Fast);
        }

        Assert.True(Samples.RelativeError(y.AsSpan(0, 256), sample.Product(1, values)) <= 1.5e-2);
        Assert.True(Samples.RelativeError(y.AsSpan(256, 256), sample.Product(3, values)) <= 1.5e-2);
        Assert.True(Samples.RelativeError(y.AsSpan(512, 256), sample.Product(4, values)) <= 1.5e-2);
    }

    private static void Fill(Activations x, int tokens, int columns, int seed)
    {
        x.Changed(tokens, columns);
        float[] values = Samples.HeavyTailed(new Random(seed), tokens * columns);
        for (int token = 0; token < tokens; token++)
            values.AsSpan(token * columns, columns).CopyTo(new Span<float>(x.Values + (token * x.Stride), columns));
    }
}
