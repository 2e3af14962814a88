namespace Dropwise.Quantization.Rounding;

/// <summary>
/// Chooses scale and zero of a group and the codes under them. The two are apart because methods with error feedback choose the scale from
/// a group's weights first and its codes one input at a time later.
/// </summary>
internal abstract class GroupFitter
{
    // Clipping below this part of the range never paid on normal or heavier-tailed weights at 2 bits and 128 weights a group, where the optimum is lowest.
    private const float SmallestClip = 0.4f;

    // Finer steps gain nothing: the least-squares scale of the best step's codes follows.
    private const float ClipStep = 0.02f;

    // Each step is kept only if it lowers the error; most groups settle after one.
    private const int RefinementSteps = 4;

    /// <summary>The parts of the range to try, from all of it downwards.</summary>
    protected static ReadOnlySpan<float> Clips => ClipGrid;

    private static float[] ClipGrid { get; } =
        [.. Enumerable.Range(0, 1 + (int)MathF.Round((1 - SmallestClip) / ClipStep)).Select(i => 1 - (i * ClipStep))];

    /// <summary>The fitter of a format's codes.</summary>
    /// <param name="format">A format of uniform or lookup codes.</param>
    /// <exception cref="QuantizationException">The format's codes or zeros are of a kind that rounding cannot choose.</exception>
    public static GroupFitter For(FormatDescriptor format)
    {
        ScalarType type = format.OutputScale ?? format.GroupScale;
        var integers = new IntegerValues(format.MinimumCode, format.MaximumCode);
        return (format.Kind, format.Zero) switch
        {
            (CodeKind.Uniform, ZeroPoint.None) =>
                new CentredFitter<IntegerValues>(integers, format.MinimumCode, format.MaximumCode, type),
            (CodeKind.Uniform, ZeroPoint.Original) => new ZeroPointFitter(format.MinimumCode, format.MaximumCode, type),
            (CodeKind.Uniform, ZeroPoint.Rescale) => new OffsetFitter(format.MinimumCode, format.MaximumCode, type),
            (CodeKind.Lookup, ZeroPoint.None) => new CentredFitter<TableValues>(
                new TableValues(format.LookupValues.AsSpan()), format.LookupValues.Min(), format.LookupValues.Max(), type),
            _ => throw new QuantizationException($"{format.Name}: rounding does not know {format.Kind} codes with {format.Zero} zeros"),
        };
    }

    /// <summary>Chooses scale and zero for the smallest squared error after rounding, the scale being one that its type represents.</summary>
    /// <param name="group">The weights.</param>
    public abstract GroupFit Fit(WeightGroup group);

    /// <summary>Writes the best codes under a scale and a zero.</summary>
    /// <param name="group">The weights.</param>
    /// <param name="fit">Scale and zero.</param>
    /// <param name="codes">Receives a canonical code a weight.</param>
    public abstract void Encode(WeightGroup group, GroupFit fit, Span<ushort> codes);

    /// <summary>Alternates between the least-squares scale of the codes and the best codes of the scale, as long as the error falls.</summary>
    /// <param name="group">The weights.</param>
    /// <param name="values">What codes stand for.</param>
    /// <param name="type">The type of the scale.</param>
    /// <param name="best">The fit so far, its offset 0.</param>
    /// <typeparam name="TValues">The kind of code.</typeparam>
    protected static GroupFit RefineScale<TValues>(WeightGroup group, TValues values, ScalarType type, GroupFit best)
        where TValues : struct, ICodeValues
    {
        for (int step = 0; step < RefinementSteps; step++)
        {
            GroupMoments moments = group.Moments(values, best.Scale, 0);
            if (moments.VV == 0) break;
            float scale = ScalarRounding.Round(type, moments.WV / moments.VV);
            float error = group.Error(values, scale, 0);
            if (error >= best.Error) break;
            best = best with { Scale = scale, Error = error };
        }

        return best;
    }
}

/// <summary>The scale and the zero of a group.</summary>
/// <param name="Scale">s, a number that its type represents.</param>
/// <param name="Zero">The integer zero point or the offset; 0 where the format has none.</param>
/// <param name="Error">The group's weighted squared error.</param>
internal readonly record struct GroupFit(float Scale, float Zero, float Error);
