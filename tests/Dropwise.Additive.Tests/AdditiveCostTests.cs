using System.Diagnostics;
using Dropwise.Cpu;
using Dropwise.Formats;

namespace Dropwise.Additive.Tests;

public sealed unsafe class AdditiveCostTests
{
    [Theory]
    [InlineData(64, false)]
    [InlineData(512, true)]
    [InlineData(4096, true)]
    public void Tables_are_preferred_where_rows_are_many(int rows, bool expected)
    {
        FormatDescriptor format = Row("dbd4x8g8").Descriptor;
        foreach (CpuIsa isa in (ReadOnlySpan<CpuIsa>)[CpuIsa.Avx2, CpuIsa.Avx512, CpuIsa.Avx512Vbmi])
        {
            for (int level = 1; level <= 4; level++) Assert.Equal(expected, AdditiveCost.PrefersTables(format, level, isa, rows, rows, 1));
        }
    }

    [Fact]
    public void Sharing_makes_tables_worth_building_for_few_rows() =>
        Assert.True(AdditiveCost.PrefersTables(Row("dbd4x8g8h").Descriptor, 2, CpuIsa.Avx512Vbmi, 64, 1024, 1));

    // The shortest of many repetitions is what the machine can do when nobody disturbs it. A choice may cost a third: near the crossing
    // both strategies take the same time, and other processors cross a little elsewhere.
    [Theory]
    [Trait("Category", "Speed")]
    [InlineData("dbd4x8g8", 64)]
    [InlineData("dbd4x8g8", 96)]
    [InlineData("dbd4x8g8", 128)]
    [InlineData("dbd4x8g8", 256)]
    [InlineData("dbd4x8g8", 1024)]
    [InlineData("aq4x4g4", 64)]
    [InlineData("aq4x4g4", 512)]
    public void The_choice_is_the_faster_one(string name, int rows)
    {
        FormatRow row = Row(name);
        using var sample = new PackedSample(row, rows, 2048, seed: rows);
        using PackedMatrix matrix = PackedMatrix.FromCanonical(row, sample.Matrix);
        using var team = new WorkerTeam(1);
        using var x = new Activations(1, 2048);
        Samples.Gaussian(new Random(1), 2048).CopyTo(new Span<float>(x.Values, 2048));
        for (int level = 1; level <= row.Descriptor.Levels; level++)
        {
            KernelEntry table = row.Find(KernelOp.Gemv, level, CpuFeatures.Detected, ActivationKind.ProductTable)!;
            KernelEntry decode = row.Find(KernelOp.Gemv, level, CpuFeatures.Detected, ActivationKind.Float32)!;
            bool prefersTables = AdditiveCost.PrefersTables(row.Descriptor, level, table.Isa, rows, rows, 1);
            double tables = Time(team, x, matrix, table);
            double codewords = Time(team, x, matrix, decode);
            double ratio = (prefersTables ? tables : codewords) / Math.Min(tables, codewords);
            TestContext.Current.TestOutputHelper?.WriteLine($"{name} level {level}, {rows} rows: tables {tables:f1} us, codewords {codewords:f1} us, choice {ratio:f2} of the best");
            Assert.True(ratio <= 1.33, $"level {level}: tables {tables:f1} us, codewords {codewords:f1} us, chosen {(prefersTables ? "tables" : "codewords")}");
        }
    }

    private static double Time(WorkerTeam team, Activations x, PackedMatrix matrix, KernelEntry kernel)
    {
        var y = new float[matrix.Rows];
        double best = double.PositiveInfinity;
        fixed (float* output = y)
        {
            var product = new MatrixProduct(matrix, kernel.Level, output, matrix.Rows);
            for (int i = 0; i < 300; i++)
            {
                x.Changed();
                long start = Stopwatch.GetTimestamp();
                MatrixMultiply.Run(team, x, product, kernel);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }
        }

        return best;
    }

    private static FormatRow Row(string name) => FormatTable.Rows.Single(row => row.Descriptor.Name == name);
}
