using Dropwise.Cpu;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.Tests.Calibration;

/// <summary>Moments of calibration text, and the targets that make up for inputs that have drifted.</summary>
public sealed class CorrectedTargetsTests
{
    private const int Columns = 37;

    private static InputProducts Products { get; } = new(QuantizationRun.Default);

    [Fact]
    public void Moments_are_means_of_products_whatever_the_windows()
    {
        float[][] x = Windows(5, 11, seed: 1), y = Windows(5, 11, seed: 2);
        x[2] = y[2] = [];
        FloatView[] left = [.. Groups(x).Select(static group => group.Rows)], right = [.. Groups(y).Select(static group => group.Rows)];
        double[] squares = Products.Squares(left, Columns), cross = Products.Cross(left, right, Columns);
        for (int i = 0; i < Columns; i++)
        {
            for (int j = 0; j < Columns; j++)
            {
                Assert.Equal(Sum(x, x, i, j), squares[(i * Columns) + j], 1e-4);
                Assert.Equal(Sum(x, y, i, j), cross[(i * Columns) + j], 1e-4);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(150)]
    public void Rows_are_solved(int size)
    {
        InputMoments moments = CorrelatedInputs.Moments(size, seed: 3, decay: 1);
        double[] factor = HessianFactor.Upper(moments, 0.01, QuantizationRun.Default);
        float[] expected = Matrices.Gaussian(5, size).Values, rows = new float[expected.Length];
        for (int row = 0; row < 5; row++)
        {
            // expected · U Uᵀ.
            for (int j = 0; j < size; j++)
            {
                double sum = 0;
                for (int i = 0; i < size; i++)
                {
                    double product = 0;
                    for (int k = Math.Max(i, j); k < size; k++) product += factor[(i * size) + k] * factor[(j * size) + k];
                    sum += expected[(row * size) + i] * product;
                }

                rows[(row * size) + j] = (float)sum;
            }
        }

        TriangularSolve.Run(rows, factor, size, QuantizationRun.Default);
        for (int i = 0; i < rows.Length; i++) Assert.Equal(expected[i], rows[i], 2e-3);
    }

    [Fact]
    public void A_target_makes_up_for_inputs_that_have_shrunk()
    {
        // X = 0.8 X₀, inputs independent: the best weights for it are W / 0.8 = W + W / 4, less what the ridge holds back, and held-out text agrees with all of the correction.
        float[][] whole = Windows(16, 60, seed: 4), own = [.. whole.Select(static window => window.Select(static x => 0.8f * x).ToArray())];
        var corrections = new CorrectedTargets(Moments(own, whole), null, Products, QuantizationRun.Default);
        FloatMatrix weights = Matrices.Gaussian(6, Columns);
        (FloatMatrix target, double blend) = corrections.Of(weights, QuantizationRun.Default);
        Assert.InRange(blend, 0.95, 1);
        for (int i = 0; i < target.Values.Length; i++) Assert.Equal(weights.Values[i] * (1 + (0.25 / (1 + CorrectedTargets.Ridge))), target.Values[i], 0.02);
    }

    [Fact]
    public void Noise_that_text_does_not_explain_is_not_made_up_for()
    {
        // The drift is independent of everything, and the text far too short to know that: only held-out windows tell.
        float[][] whole = Windows(16, 3, seed: 4), noise = Windows(16, 3, seed: 5);
        float[][] own = [.. whole.Zip(noise, static (x, e) => x.Zip(e, static (a, b) => a + (0.3f * b)).ToArray())];
        var free = new CorrectedTargets(Moments(own, whole), null, Products, QuantizationRun.Default);
        Assert.InRange(free.Of(Matrices.Gaussian(6, Columns), QuantizationRun.Default).Blend, 0, 0.6);
    }

    [Fact]
    public void A_blend_of_nothing_leaves_the_weights()
    {
        float[][] whole = Windows(16, 9, seed: 4), own = Windows(16, 9, seed: 5);
        FloatMatrix weights = Matrices.Gaussian(6, Columns);
        Assert.Same(weights, new CorrectedTargets(Moments(own, whole), 0, Products, QuantizationRun.Default).Of(weights, QuantizationRun.Default).Target);
    }

    private static float[][] Windows(int count, int tokens, int seed) =>
        [.. Enumerable.Range(0, count).Select(window => Matrices.Gaussian(tokens, Columns, (100 * seed) + window).Values)];

    private static SiteMoments Moments(float[][] own, float[][] whole) => SiteMoments.Of(Groups(own), Groups(whole), Columns, isSplit: true, Products);

    // A window each, as the processor computes them.
    private static unsafe TokenValues[] Groups(float[][] windows) =>
    [
        .. windows.Select(static window =>
        {
            FloatMemory memory = BlockEngine.Cpu.Allocate(Math.Max(1, window.Length));
            BlockEngine.Cpu.Write(window, memory.Pointer);
            return new TokenValues(memory, Columns, [window.Length / Columns]);
        }),
    ];

    private static double Sum(float[][] x, float[][] y, int i, int j)
    {
        double sum = 0;
        for (int window = 0; window < x.Length; window++)
        {
            for (int token = 0; token < x[window].Length / Columns; token++) sum += (double)x[window][(token * Columns) + i] * y[window][(token * Columns) + j];
        }

        return sum;
    }
}
