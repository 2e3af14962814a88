using Dropwise.Quantization.Rounding;

namespace Dropwise.Quantization.Tests.Rounding;

public sealed class RtnQuantizerTests
{
    public static TheoryData<FormatDescriptor> Formats =>
    [
        TestFormats.Uniform(8, 32, ZeroPoint.None, signed: true), TestFormats.Uniform(4, 32, ZeroPoint.Original),
        TestFormats.Uniform(4, 128, ZeroPoint.Original), TestFormats.Uniform(4, 32, ZeroPoint.None, signed: true),
        TestFormats.Uniform(3, 64, ZeroPoint.Rescale), TestFormats.Uniform(2, 32, ZeroPoint.Original), TestFormats.Nf4(64),
        TestFormats.Uniform(4, 0, ZeroPoint.None, signed: true) with { OutputScale = ScalarType.Float16 },
    ];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Weights_that_the_format_represents_come_back_exactly(FormatDescriptor format)
    {
        FloatMatrix weights = Matrices.Decoded(Representable(format, rows: 5, columns: 288));
        CanonicalMatrix result = new RtnQuantizer(format).Quantize(weights, QuantizationRun.Default);
        Assert.Equal(weights.Values, Matrices.Decoded(result).Values);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Scales_are_float16_and_codes_are_in_range(FormatDescriptor format)
    {
        CanonicalMatrix result = new RtnQuantizer(format).Quantize(Matrices.Gaussian(7, 576), QuantizationRun.Default);
        Assert.All(result.GroupScales.Concat(result.RowScales), s => Assert.Equal((float)(Half)s, s));
        Assert.All(result.Codes[0], q => Assert.InRange(q, 0, format.CodeCount - 1));
        if (format.Zero == ZeroPoint.Original) Assert.All(result.GroupZeros, z => Assert.True(z == (int)z && z >= format.MinimumCode && z <= format.MaximumCode));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void The_number_of_workers_changes_nothing(FormatDescriptor format)
    {
        FloatMatrix weights = Matrices.Gaussian(100, 96);
        CanonicalMatrix one = new RtnQuantizer(format).Quantize(weights, new QuantizationRun(1));
        CanonicalMatrix three = new RtnQuantizer(format).Quantize(weights, new QuantizationRun(3));
        Assert.Equal(one.Codes[0], three.Codes[0]);
        Assert.Equal(one.GroupScales, three.GroupScales);
        Assert.Equal(one.GroupZeros, three.GroupZeros);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Rows_of_zeros_and_of_one_number_are_kept(FormatDescriptor format)
    {
        var weights = new FloatMatrix(2, 64, new float[128]);
        weights.Row(1).Fill(0.375f);
        FloatMatrix decoded = Matrices.Decoded(new RtnQuantizer(format).Quantize(weights, QuantizationRun.Default));
        Assert.All(decoded.Row(0).ToArray(), w => Assert.Equal(0, w));

        // The scale that makes 0.375 of a code is rounded to 11 bits.
        Assert.All(decoded.Row(1).ToArray(), w => Assert.Equal(0.375, w, 0.375 * Math.Pow(2, -10)));
    }

    [Theory]
    [InlineData(4, 32)]
    [InlineData(3, 128)]
    [InlineData(2, 32)]
    [InlineData(2, 128)]
    public void The_error_is_below_that_of_the_whole_range(int bits, int group)
    {
        FormatDescriptor format = TestFormats.Uniform(bits, group, ZeroPoint.Original);
        FloatMatrix weights = Matrices.Gaussian(64, 512);
        double searched = Matrices.MeanSquaredError(weights, Matrices.Decoded(new RtnQuantizer(format).Quantize(weights, QuantizationRun.Default)));
        double plain = WholeRangeError(weights, bits, group);
        Assert.True(searched < plain, $"{searched} with the search, {plain} without");
    }

    [Fact]
    public void Normal_weights_have_the_error_of_the_best_uniform_quantizer()
    {
        // The optimal 4-bit uniform quantizer of a normal source has 0.01154; a scale for each 128 weights does slightly better.
        FormatDescriptor format = TestFormats.Uniform(4, 128, ZeroPoint.Original);
        FloatMatrix weights = Matrices.Gaussian(64, 1024);
        Assert.InRange(Matrices.MeanSquaredError(weights, Matrices.Decoded(new RtnQuantizer(format).Quantize(weights, QuantizationRun.Default))), 0.0090, 0.0116);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_weight_that_is_no_number_is_refused_with_its_place(float bad)
    {
        FloatMatrix weights = Matrices.Gaussian(3, 64);
        weights.Row(1)[7] = bad;
        var quantizer = new RtnQuantizer(TestFormats.Uniform(4, 32, ZeroPoint.Original));
        QuantizationException e = Assert.Throws<QuantizationException>(() => quantizer.Quantize(weights, QuantizationRun.Default));
        Assert.Contains("row 1, column 7", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scale_beyond_float16_is_refused()
    {
        var weights = new FloatMatrix(1, 32, [.. Enumerable.Repeat(3e6f, 32)]);
        var quantizer = new RtnQuantizer(TestFormats.Uniform(4, 32, ZeroPoint.Original));
        QuantizationException e = Assert.Throws<QuantizationException>(() => quantizer.Quantize(weights, QuantizationRun.Default));
        Assert.Contains("Float16", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_format_of_codebooks_is_refused()
    {
        QuantizationException e = Assert.Throws<QuantizationException>(() => new RtnQuantizer(TestFormats.Additive(2, 8, 8, nested: false)));
        Assert.Contains("a2x8g8", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stopped_run_returns_nothing()
    {
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        var quantizer = new RtnQuantizer(TestFormats.Nf4(64));
        Assert.ThrowsAny<OperationCanceledException>(() => quantizer.Quantize(Matrices.Gaussian(64, 64), new QuantizationRun(2, stopped.Token)));
    }

    // Codes that reach both ends in every group, under scales of few bits, so that scale · code is exact.
    private static CanonicalMatrix Representable(FormatDescriptor format, int rows, int columns)
    {
        var random = new Random(3);
        var matrix = new CanonicalMatrix(format, rows, columns);
        int group = format.GroupSize == 0 ? columns : format.GroupSize;
        for (int i = 0; i < matrix.Codes[0].Length; i++)
        {
            int place = i % columns % group;
            matrix.Codes[0][i] = (ushort)(place < 2 ? place * (format.CodeCount - 1) : random.Next(format.CodeCount));
        }

        for (int i = 0; i < matrix.GroupScales.Length; i++) matrix.GroupScales[i] = random.Next(1, 17) / 64f;
        for (int i = 0; i < matrix.RowScales.Length; i++) matrix.RowScales[i] = random.Next(1, 17) / 64f;
        for (int i = 0; i < matrix.GroupZeros.Length; i++)
            matrix.GroupZeros[i] = format.Zero == ZeroPoint.Original ? random.Next(1, format.CodeCount - 1) : random.Next(-8, 9) / 4f;
        return matrix;
    }

    private static double WholeRangeError(FloatMatrix weights, int bits, int group)
    {
        double error = 0;
        foreach (float[] chunk in weights.Values.Chunk(group))
        {
            float minimum = chunk.Min();
            float scale = (float)(Half)((chunk.Max() - minimum) / ((1 << bits) - 1));
            float zero = MathF.Round(-minimum / scale);
            foreach (float w in chunk)
            {
                float decoded = scale * (Math.Clamp(MathF.Round(w / scale) + zero, 0, (1 << bits) - 1) - zero);
                error += (double)(w - decoded) * (w - decoded);
            }
        }

        return error / weights.Values.Length;
    }
}
