namespace Dropwise.Conformance;

/// <summary>Draws quantized scales and zeros with the statistics that they are quantized by.</summary>
internal static class SecondLevelSource
{
    /// <summary>Draws all parts of a second level.</summary>
    /// <param name="format">The format.</param>
    /// <param name="level">Receives the values.</param>
    /// <param name="values">Where values come from.</param>
    public static void Draw(FormatDescriptor format, SecondLevelStatistics level, ValueSource values)
    {
        SecondLevelDescriptor declared = format.SecondLevel!;
        for (int i = 0; i < level.ScaleCodes.Length; i++)
        {
            level.ScaleCodes[i] = (byte)values.Integer(1 << declared.ScaleBits);
            if (declared.ZeroBits != 0) level.ZeroCodes[i] = (byte)values.Integer(1 << declared.ZeroBits);
        }

        if (format.Block is not null)
        {
            // Steps only: a block's scales are centred by its declaration.
            for (int i = 0; i < level.ScaleSteps.Length; i++) level.ScaleSteps[i] = MatrixSource.Rounded(values.Scale() / (1 << declared.ScaleBits), declared.Stat);
            for (int i = 0; i < level.ZeroSteps.Length; i++) level.ZeroSteps[i] = MatrixSource.Rounded(level.ScaleSteps[i] * Math.Abs(values.Normal()), declared.Stat);
            return;
        }

        // As a quantizer writes them: scales are positive, so that their offset lies below the codes, and zeros lie inside the range of
        // the codes of weights, both with some freedom.
        double span = (double)(format.CodeCount - 1) / (1 << declared.ZeroBits);
        for (int i = 0; i < level.ScaleSteps.Length; i++)
        {
            level.ScaleSteps[i] = MatrixSource.Rounded(values.Scale(), declared.Stat);
            level.ScaleOffsets[i] = MatrixSource.Rounded(-Math.Abs(values.Normal()) * 4, declared.Stat);
            level.ZeroSteps[i] = MatrixSource.Rounded(span * (0.5 + (0.1 * values.Normal())), declared.Stat);
            level.ZeroOffsets[i] = MatrixSource.Rounded(values.Normal() - 3, declared.Stat);
        }
    }
}
