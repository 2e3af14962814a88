using Dropwise.Quantization.Tuning;

namespace Dropwise.Quantization.Tests.Tuning;

public sealed class TrainedVectorTests
{
    [Theory]
    [InlineData(1e-6f, 1)]
    [InlineData(1e3f, 1)]
    [InlineData(1, 8)]
    public void Lamb_goes_the_same_part_of_a_size_whatever_the_gradient(float factor, int segment)
    {
        float[] before = Matrices.Gaussian(1, 32, 1).Values, gradient = Matrices.Gaussian(1, 32, 2).Values;
        var vector = new TrainedVector([.. before], segment);
        for (int step = 1; step <= 3; step++)
        {
            float[] start = [.. vector.Values];
            for (int i = 0; i < gradient.Length; i++) vector.Gradient[i] = factor * gradient[i];
            vector.Step(0.9, 0.95, 0.01, step, ValueOptimizer.Lamb);
            int length = segment == 1 ? start.Length : segment;
            for (int first = 0; first < start.Length; first += length)
                Assert.Equal(0.01, Length(start[first..(first + length)], vector.Values[first..(first + length)]) / Length(start[first..(first + length)], new float[length]), 1e-5);
            Assert.All(vector.Gradient, static value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void Lamb_moves_a_tensor_of_zeros()
    {
        // One tensor of two is zero; the first step's direction is the gradient's sign.
        var vector = new TrainedVector([0, 0, 3, 4], 2);
        float[] gradient = [0.5f, -2, 1, 1];
        gradient.CopyTo(vector.Gradient, 0);
        vector.Step(0.9, 0.95, 0.01, 1, ValueOptimizer.Lamb);
        Assert.Equal(-0.01, vector.Values[0], 1e-6);
        Assert.Equal(0.01, vector.Values[1], 1e-6);
        Assert.Equal(0.05, Length([3, 4], vector.Values[2..]), 1e-5);
    }

    [Theory]
    [InlineData(ValueOptimizer.Adam)]
    [InlineData(ValueOptimizer.Lamb)]
    public void Values_without_a_gradient_stay(ValueOptimizer optimizer)
    {
        float[] before = Matrices.Gaussian(1, 8, 1).Values;
        var vector = new TrainedVector([.. before], 8);
        vector.Step(0.9, 0.95, 0.01, 1, optimizer);
        Assert.Equal(before, vector.Values);
    }

    private static double Length(float[] a, float[] b) => Math.Sqrt(a.Zip(b, static (x, y) => ((double)x - y) * (x - y)).Sum());
}
