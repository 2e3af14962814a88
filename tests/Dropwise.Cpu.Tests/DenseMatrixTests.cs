namespace Dropwise.Cpu.Tests;

public sealed unsafe class DenseMatrixTests
{
    public static TheoryData<ScalarType, int, int> Shapes()
    {
        TheoryData<ScalarType, int, int> data = [];
        foreach (ScalarType type in (ReadOnlySpan<ScalarType>)[ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16])
        {
            data.Add(type, 1, 1);
            data.Add(type, 64, 64);
            data.Add(type, 70, 33);
            data.Add(type, 131, 288);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Rows_are_multiplied_in_place(ScalarType type, int rows, int columns)
    {
        using DenseSample sample = new(type, rows, columns, 1);
        float[] x = Reference.Random(columns, 2), y = new float[rows];
        fixed (float* px = x, py = y) Assert.True(sample.Matrix.TryMultiplyRows(0, rows, px, py));
        Assert.InRange(sample.RelativeError(x, 1, columns, y, rows), 0, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Panels_hold_rows_side_by_side_and_zeros_beyond_the_last(ScalarType type, int rows, int columns)
    {
        using DenseSample sample = new(type, rows, columns, 3);
        int firstRow = (rows - 1) / WeightMatrix.PanelRows * WeightMatrix.PanelRows;
        int firstColumn = columns > 32 ? 32 : 0, count = columns - firstColumn;
        using NativeBuffer panel = new((long)count * WeightMatrix.PanelRows * sizeof(float));
        float* values = (float*)panel.Pointer;
        new Span<float>(values, count * WeightMatrix.PanelRows).Fill(float.NaN);
        sample.Matrix.DequantizePanel(1, firstRow, firstColumn, count, values);
        for (int k = 0; k < count; k++)
        {
            for (int row = 0; row < WeightMatrix.PanelRows; row++)
            {
                float expected = firstRow + row < rows ? sample.Values[((firstRow + row) * columns) + firstColumn + k] : 0;
                Assert.Equal(expected, values[(k * WeightMatrix.PanelRows) + row]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_row_is_read_as_an_embedding_does(ScalarType type, int rows, int columns)
    {
        using DenseSample sample = new(type, rows, columns, 4);
        float[] values = new float[columns];
        fixed (float* pointer = values) sample.Matrix.DequantizeRow(1, rows - 1, pointer);
        Assert.Equal(sample.Values[((rows - 1) * columns)..], values);
    }

    [Fact]
    public void Half_precision_keeps_subnormals_and_signs()
    {
        Half[] halves = [Half.Epsilon, -Half.Epsilon, Half.MaxValue, Half.MinValue, (Half)0, (Half)1, (Half)(-0.333), (Half)6.1e-5];
        fixed (Half* data = halves)
        {
            using WeightMatrix matrix = DenseMatrix.Create(ScalarType.Float16, 1, 8, data, halves);
            float* x = stackalloc float[8];
            for (int i = 0; i < 8; i++)
            {
                new Span<float>(x, 8).Clear();
                x[i] = 1;
                float y;
                matrix.TryMultiplyRows(0, 1, x, &y);
                Assert.Equal((float)halves[i], y);
            }
        }
    }

    [Fact]
    public void Integers_are_refused()
    {
        using NativeBuffer data = new(1);
        Assert.Contains("Int8", Assert.Throws<ArgumentException>(() => DenseMatrix.Create(ScalarType.Int8, 1, 1, data.Pointer, data)).Message);
    }
}
