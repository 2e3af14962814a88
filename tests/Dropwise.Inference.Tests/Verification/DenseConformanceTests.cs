using Dropwise.Cuda;
using Dropwise.Inference.Verification;

namespace Dropwise.Inference.Tests.Verification;

/// <summary>What <c>dropwise verify --device cuda</c> checks of unquantized matrices: on a device where there is one, and the judge without.</summary>
public sealed class DenseConformanceTests
{
    private const ScalarType AnyType = ScalarType.Float16;

    public static TheoryData<ScalarType> Types => [.. DenseConformance.Types];

    [Fact]
    public void A_device_multiplies_unquantized_matrices_as_float64_does()
    {
        if (CudaLibrary.Detect().Missing is { } missing) Assert.Skip(missing);
        using CudaContext context = CudaContext.Open();
        var checks = new List<DenseCheck>();
        DenseConformance.Run(context, seed: 1, checks.Add);
        Assert.Equal(DenseConformance.Types, checks.Select(static check => check.Type).Distinct());
        Assert.All(checks, static check => Assert.True(check.Error <= check.Limit, check.ToString()));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Float32_products_of_the_processor_are_within_the_limit_of_float32_inputs(ScalarType type)
    {
        using var problem = new DenseProblem(type, 33, 328, seed: 1);
        float[] outputs = Multiply(problem, static input => input, sum: true);
        Assert.InRange(ErrorOf(problem, outputs), double.Epsilon, DenseMatrixChecks.LimitOf(ActivationFormKind.Float32));
    }

    [Theory]
    [InlineData(ActivationFormKind.Half, 33, 40)]
    [InlineData(ActivationFormKind.Half, 576, 1536)]
    [InlineData(ActivationFormKind.BFloat16, 33, 40)]
    [InlineData(ActivationFormKind.BFloat16, 576, 1536)]
    public void The_limit_of_rounded_inputs_is_a_small_multiple_of_what_rounding_does(ActivationFormKind kind, int rows, int columns)
    {
        using var problem = new DenseProblem(AnyType, rows, columns, seed: 1);
        float[] outputs = Multiply(problem, input => kind == ActivationFormKind.Half ? (float)(Half)input : ToBfloat(input), sum: false);
        double limit = DenseMatrixChecks.LimitOf(kind);
        Assert.InRange(ErrorOf(problem, outputs), limit / 8, limit * 0.75);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(17_000 - 1, DenseProblem.MostTokens - 2)]
    public void One_wrong_output_of_millions_is_outside_of_every_limit(int row, int token)
    {
        using var problem = new DenseProblem(AnyType, 17_000, 8, seed: 1);
        float[] outputs = Multiply(problem, static input => input, sum: false);
        outputs[(token * problem.Matrix.Rows) + row] = float.NaN;
        Assert.Equal(double.PositiveInfinity, ErrorOf(problem, outputs));

        // As large as the others and of no relation to them: the norm of the token's outputs, shared out.
        outputs[(token * problem.Matrix.Rows) + row] = 3 * outputs.AsSpan(token * problem.Matrix.Rows, 1000).ToArray().Where(float.IsFinite).Max();
        Assert.True(ErrorOf(problem, outputs) > DenseMatrixChecks.LimitOf(ActivationFormKind.BFloat16));
    }

    [Fact]
    public void Outputs_of_parts_are_judged_beside_the_rows_that_they_belong_to()
    {
        using var problem = new DenseProblem(AnyType, 9, 16, seed: 1);
        float[] outputs = Multiply(problem, static input => input, sum: false);
        DeviceShard[] parts = [new(6, 3, 0, 16), new(0, 6, 0, 16)];
        const int tokens = 5;
        float[] cut = [.. parts.SelectMany(part => Enumerable.Range(0, tokens).SelectMany(token => outputs.Skip((token * 9) + part.FirstRow).Take(part.Rows)))];
        double limit = DenseMatrixChecks.LimitOf(ActivationFormKind.Float32);
        Assert.InRange(problem.ErrorOf(cut, parts, tokens, 1), 0, limit);
        Assert.InRange(problem.ErrorOf([.. cut.Select(static output => 2 * output)], parts, tokens, 2), 0, limit);
        Assert.True(problem.ErrorOf(cut, [parts[1], parts[0]], tokens, 1) > 0.1);
    }

    private static float ToBfloat(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000);
    }

    private static double ErrorOf(DenseProblem problem, float[] outputs) =>
        problem.ErrorOf(outputs, [new DeviceShard(0, problem.Matrix.Rows, 0, problem.Matrix.Columns)], DenseProblem.MostTokens, 1);

    /// <summary>Products of inputs that something was done to, summed up in float32 or float64.</summary>
    private static unsafe float[] Multiply(DenseProblem problem, Func<float, float> change, bool sum)
    {
        int rows = problem.Matrix.Rows, columns = problem.Matrix.Columns;
        float[] inputs = [.. problem.Inputs.Select(change)], outputs = new float[DenseProblem.MostTokens * rows], row = new float[columns];
        for (int r = 0; r < rows; r++)
        {
            fixed (float* values = row) problem.Matrix.DequantizeRow(1, r, values);
            for (int token = 0; token < DenseProblem.MostTokens; token++)
            {
                float single = 0;
                double exact = 0;
                for (int k = 0; k < columns; k++)
                {
                    if (sum) single += row[k] * inputs[(token * columns) + k];
                    else exact += (double)row[k] * inputs[(token * columns) + k];
                }

                outputs[(token * rows) + r] = sum ? single : (float)exact;
            }
        }

        return outputs;
    }
}
