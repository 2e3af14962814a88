using Dropwise.Cpu;

namespace Dropwise.Additive.Tests;

public sealed unsafe class InputTransformsTests
{
    public static TheoryData<int> Columns => [1, 6, 12, 40, 96, 288, 576, 1024, 3072];

    [Theory]
    [MemberData(nameof(Columns))]
    public void Rotating_weights_and_inputs_leaves_the_product(int columns)
    {
        const int rows = 24;
        var random = new Random(columns);
        float[] weights = Samples.Gaussian(random, rows * columns);
        float[] x = Samples.HeavyTailed(random, columns);
        InputTransform transform = Samples.Rotation(random, columns);
        double[] expected = Product(weights, x, rows);

        InputTransforms.RotateRows(transform, weights);
        fixed (float* pointer = x) InputTransforms.RotateBlocks(transform, pointer, pointer, 0, columns / transform.BlockSize);
        double error = 0;
        double norm = 0;
        double[] actual = Product(weights, x, rows);
        for (int i = 0; i < rows; i++)
        {
            error += Math.Pow(actual[i] - expected[i], 2);
            norm += Math.Pow(expected[i], 2);
        }

        Assert.True(Math.Sqrt(error / norm) <= 1e-6, $"relative difference {Math.Sqrt(error / norm):g3}");
    }

    [Fact]
    public void A_block_is_the_Sylvester_matrix_times_the_signs()
    {
        const int columns = 64;
        var random = new Random(3);
        InputTransform transform = Samples.Rotation(random, columns);
        float[] x = Samples.Gaussian(random, columns);
        float[] actual = [.. x];
        InputTransforms.RotateRows(transform, actual);

        var expected = new double[columns];
        for (int i = 0; i < columns; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                int sign = (int.PopCount(i & j) & 1) == 0 ? 1 : -1;
                expected[i] += sign * transform.Signs[j] * x[j] / Math.Sqrt(columns);
            }
        }

        Assert.True(Samples.RelativeError(actual, expected) <= 1e-6);
    }

    [Fact]
    public void Rows_must_be_whole()
    {
        InputTransform transform = Samples.Rotation(new Random(1), 32);
        ArgumentException error = Assert.Throws<ArgumentException>(() => InputTransforms.RotateRows(transform, new float[33]));
        Assert.Contains("33 elements are not whole rows of 32 inputs", error.Message, StringComparison.Ordinal);
    }

    private static double[] Product(float[] weights, float[] x, int rows)
    {
        var y = new double[rows];
        for (int i = 0; i < weights.Length; i++) y[i / x.Length] += (double)weights[i] * x[i % x.Length];
        return y;
    }
}
