namespace Dropwise.Cpu.Tests;

public sealed unsafe class FloatGemmTests
{
    // The error class of float activations; design.md, section 7.
    private const double Tolerance = 1e-5;

    public static TheoryData<int, int, int, CpuIsa, int> Shapes()
    {
        TheoryData<int, int, int, CpuIsa, int> data = [];
        foreach (CpuIsa isa in (ReadOnlySpan<CpuIsa>)[CpuIsa.Scalar, CpuIsa.Avx2, CpuIsa.Avx512])
        {
            foreach (int workers in (ReadOnlySpan<int>)[1, 3])
            {
                data.Add(1, 1, 1, isa, workers);
                data.Add(2, 70, 33, isa, workers);
                data.Add(5, 64, 256, isa, workers);
                data.Add(6, 128, 288, isa, workers);
                data.Add(7, 65, 257, isa, workers);
                data.Add(14, 200, 576, isa, workers);
                data.Add(21, 31, 700, isa, workers);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Products_agree_with_float64(int tokens, int rows, int columns, CpuIsa isa, int workers)
    {
        Assert.SkipUnless(isa <= CpuFeatures.Detected, $"this processor lacks {isa}");
        int xStride = columns + 5, yStride = rows + 3;
        using DenseSample a = new(ScalarType.Float32, rows, columns, 1);
        using DenseSample b = new(ScalarType.BFloat16, rows + 9, columns, 2);
        float[] x = RandomVector(tokens * xStride, 3);
        float[] first = Poisoned(tokens * yStride), second = Poisoned(tokens * (rows + 9));
        using WorkerTeam team = new(workers);
        fixed (float* input = x, y1 = first, y2 = second)
            FloatGemm.Run(team, input, tokens, xStride, [new(a.Matrix, 1, y1, yStride), new(b.Matrix, 1, y2, rows + 9)], isa);

        Assert.InRange(a.RelativeError(x, tokens, xStride, first, yStride), 0, Tolerance);
        Assert.InRange(b.RelativeError(x, tokens, xStride, second, rows + 9), 0, Tolerance);
        for (int token = 0; token < tokens; token++)
            Assert.All(first[((token * yStride) + rows)..((token + 1) * yStride)], gap => Assert.True(float.IsNaN(gap), "written beyond the rows"));
    }

    [Fact]
    public void A_result_depends_neither_on_the_workers_nor_on_the_tokens_beside_it()
    {
        const int Rows = 192, Columns = 640, Tokens = 13;
        using DenseSample sample = new(ScalarType.Float32, Rows, Columns, 4);
        float[] x = RandomVector(Tokens * Columns, 5);
        float[] together = new float[Tokens * Rows], apart = new float[Tokens * Rows];
        using WorkerTeam one = new(1), three = new(3);
        fixed (float* input = x, y1 = together, y2 = apart)
        {
            FloatGemm.Run(three, input, Tokens, Columns, [new(sample.Matrix, 1, y1, Rows)]);
            FloatGemm.Run(one, input, 7, Columns, [new(sample.Matrix, 1, y2, Rows)]);
            FloatGemm.Run(one, input + (7 * Columns), 6, Columns, [new(sample.Matrix, 1, y2 + (7 * Rows), Rows)]);
        }

        // The kernel for a single token sums even and odd inputs apart, hence the last bits of the thirteenth and the seventh token.
        for (int i = 0; i < together.Length; i++) Assert.Equal(together[i], apart[i], 1e-4f);
        Assert.Equal(together.AsSpan(0, 6 * Rows), apart.AsSpan(0, 6 * Rows));
    }

    [Fact]
    public void A_call_allocates_no_managed_memory()
    {
        using DenseSample sample = new(ScalarType.Float32, 128, 256, 6);
        float[] x = RandomVector(8 * 256, 7), y = new float[8 * 128];
        using WorkerTeam team = new(2);
        fixed (float* input = x, output = y)
        {
            FloatGemm.Run(team, input, 8, 256, [new(sample.Matrix, 1, output, 128)]);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++) FloatGemm.Run(team, input, 8, 256, [new(sample.Matrix, 1, output, 128)]);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused_with_their_sizes()
    {
        using DenseSample a = new(ScalarType.Float32, 64, 32, 8), b = new(ScalarType.Float32, 64, 64, 9);
        using WorkerTeam team = new(1);
        float* memory = stackalloc float[64];
        MatrixProduct good = new(a.Matrix, 1, memory, 64), other = new(b.Matrix, 1, memory, 64), narrow = new(a.Matrix, 1, memory, 63);
        Assert.Contains("64 columns", Assert.Throws<ArgumentException>(() => FloatGemm.Run(team, memory, 1, 64, [good, other])).Message);
        Assert.Contains("stride of 31", Assert.Throws<ArgumentException>(() => FloatGemm.Run(team, memory, 1, 31, [good])).Message);
        Assert.Contains("stride of 63", Assert.Throws<ArgumentException>(() => FloatGemm.Run(team, memory, 1, 32, [narrow])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => FloatGemm.Run(team, memory, 0, 32, [good]));
    }

    private static float[] RandomVector(int length, int seed)
    {
        Random random = new(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) values[i] = (float)((random.NextDouble() * 2) - 1);
        return values;
    }

    private static float[] Poisoned(int length)
    {
        float[] values = new float[length];
        Array.Fill(values, float.NaN);
        return values;
    }
}
