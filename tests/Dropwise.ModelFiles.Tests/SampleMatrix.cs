namespace Dropwise.ModelFiles.Tests;

/// <summary>Matrices of random codes, scales and codebooks.</summary>
internal static class SampleMatrix
{
    /// <summary>A matrix of a format.</summary>
    public static CanonicalMatrix Create(FormatDescriptor format, int rows, int columns, int seed, CodebookSet? codebooks = null, InputTransform? transform = null)
    {
        var random = new Random(seed);
        var matrix = new CanonicalMatrix(format, rows, columns);
        foreach (ushort[] plane in matrix.Codes) Fill(plane, () => (ushort)random.Next(format.CodeCount));
        Fill(matrix.GroupScales, () => format.GroupScale == ScalarType.Exponent8 ? MathF.ScaleB(1, random.Next(-9, 3)) : (float)(Half)(random.NextSingle() + 0.1f));
        Fill(matrix.GroupZeros, () => format.Zero == ZeroPoint.Original ? random.Next(format.CodeCount) : (float)(Half)random.NextSingle());
        Fill(matrix.RowScales, () => (float)(Half)(random.NextSingle() + 0.1f));
        if (matrix.Statistics is { } level) SecondLevel(format, level, random);
        if (format.Outliers is not null) matrix.Outliers = Outliers(matrix, random);
        if (format.Kind == CodeKind.Additive) matrix.Codebooks = codebooks ?? Codebooks(format, seed);
        if (format.Rotation != Rotation.None) matrix.Transform = transform ?? Transform(columns, seed);
        return matrix;
    }

    /// <summary>Codebooks of a format.</summary>
    public static CodebookSet Codebooks(FormatDescriptor format, int seed)
    {
        var random = new Random(seed + 1);
        float[] values = new float[format.CodebookCount * format.CodeCount * format.Dimension];
        float[] scales = new float[format.CodebookCount];
        bool isInteger = format.Codeword == ScalarType.Int8;
        Fill(values, () => isInteger ? random.Next(-127, 128) : (float)(Half)(random.NextSingle() - 0.5f));
        Fill(scales, () => isInteger ? random.NextSingle() + 0.01f : 1);
        return new CodebookSet(format.CodebookCount, format.CodeCount, format.Dimension, values, scales);
    }

    /// <summary>A rotation of some inputs.</summary>
    public static InputTransform Transform(int columns, int seed)
    {
        var random = new Random(seed + 2);
        sbyte[] signs = new sbyte[columns];
        Fill(signs, () => (sbyte)((random.Next(2) * 2) - 1));
        return new InputTransform(signs);
    }

    /// <summary>Asserts that codes, scales, codebooks and rotation are the same up to a number of codebooks.</summary>
    public static void AssertEqual(CanonicalMatrix expected, CanonicalMatrix actual, int codebooks)
    {
        Assert.Equal(expected.Codes[..codebooks], actual.Codes[..codebooks]);
        Assert.Equal(expected.GroupScales, actual.GroupScales);
        Assert.Equal(expected.GroupZeros, actual.GroupZeros);
        Assert.Equal(expected.RowScales, actual.RowScales);
        Assert.Equivalent(expected.Statistics, actual.Statistics);
        Assert.Equal(expected.Outliers, actual.Outliers);
        Assert.Equal(expected.Transform?.Signs, actual.Transform?.Signs);
        Assert.Equal(expected.Codebooks is null, actual.Codebooks is null);
        if (expected.Codebooks is null) return;
        int elements = codebooks * expected.Codebooks.Codewords * expected.Codebooks.Dimension;
        Assert.Equal(expected.Codebooks.Values[..elements], actual.Codebooks!.Values[..elements]);
        Assert.Equal(expected.Codebooks.Scales[..codebooks], actual.Codebooks.Scales[..codebooks]);
        Assert.All(actual.Codebooks.Values[elements..], value => Assert.Equal(0, value));
    }

    private static void SecondLevel(FormatDescriptor format, SecondLevelStatistics level, Random random)
    {
        SecondLevelDescriptor declared = format.SecondLevel!;
        Fill(level.ScaleCodes, () => (byte)random.Next(1 << declared.ScaleBits));
        Fill(level.ZeroCodes, () => (byte)random.Next(1 << declared.ZeroBits));

        // A block declares its offsets.
        foreach (float[] statistics in format.Block is null ? [level.ScaleSteps, level.ScaleOffsets, level.ZeroSteps, level.ZeroOffsets] : (float[][])[level.ScaleSteps, level.ZeroSteps])
            Fill(statistics, () => (float)(Half)(random.NextSingle() + 0.1f));
    }

    private static Outlier[] Outliers(CanonicalMatrix matrix, Random random)
    {
        int[] places = [.. Enumerable.Range(0, matrix.Codes[0].Length).Where(_ => random.Next(50) == 0)];
        foreach (int place in places) matrix.Codes[0][place] = 0;
        return [.. places.Select(place => new Outlier(place / matrix.Columns, place % matrix.Columns, (float)(Half)(random.NextSingle() - 0.5f)))];
    }

    private static void Fill<T>(T[] values, Func<T> next)
    {
        for (int i = 0; i < values.Length; i++) values[i] = next();
    }
}
