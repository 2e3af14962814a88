using Dropwise.Quantization.Rounding;

namespace Dropwise.Quantization.Feedback;

/// <summary>
/// The two things that error feedback does to scalar codes, whatever the codes stand for: settle a group, inputs one after the other, under the best of many
/// scales; and choose scale and codes of a settled group again.
/// </summary>
/// <param name="format">Uniform or lookup codes.</param>
internal abstract class ScalarCodes(FormatDescriptor format)
{
    /// <summary>The type of scales and offsets.</summary>
    protected ScalarType ScaleType { get; } = format.OutputScale ?? format.GroupScale;

    /// <summary>How zeros are kept.</summary>
    protected ZeroPoint Zero => format.Zero;

    /// <summary>The type of weights in high precision, or null where there are none.</summary>
    protected ScalarType? OutlierType => format.Outliers?.Value;

    /// <summary>The smallest code value.</summary>
    protected int MinimumCode => format.MinimumCode;

    /// <summary>The largest code value.</summary>
    protected int MaximumCode => format.MaximumCode;

    /// <summary>The codes of a format.</summary>
    /// <param name="format">Uniform or lookup codes.</param>
    /// <exception cref="QuantizationException">The format's codes or zeros are of another kind.</exception>
    public static ScalarCodes For(FormatDescriptor format)
    {
        GroupFitter fitter = GroupFitter.For(format);
        return format.Kind == CodeKind.Lookup
            ? new ScalarCodes<TableValues>(format, new TableValues(format.LookupValues.AsSpan()), fitter)
            : new ScalarCodes<IntegerValues>(format, new IntegerValues(format.MinimumCode, format.MaximumCode), fitter);
    }

    /// <summary>Scales that are tried side by side, one a lane of a vector.</summary>
    public const int Lanes = 16;

    /// <summary>Chooses scale, zero and codes of one group of one row, with feedback between the group's inputs.</summary>
    /// <param name="group">What the group is due to be.</param>
    /// <param name="scratch">Memory of the calling thread; holds the points of the choice afterwards.</param>
    public abstract GroupChoice Settle(in DueGroup group, SettleScratch scratch);

    /// <summary>Settles a group under each of sixteen scales and zeros, and keeps the best if it is better than what there is.</summary>
    /// <param name="group">What the group is due to be.</param>
    /// <param name="candidates">The scales and zeros.</param>
    /// <param name="scratch">Memory of the calling thread; its points change with the choice.</param>
    /// <param name="best">The best choice so far.</param>
    /// <param name="cost">What it costs; infinite at first.</param>
    public abstract void Improve(in DueGroup group, ReadOnlySpan<GroupChoice> candidates, SettleScratch scratch, ref GroupChoice best, ref float cost);

    /// <summary>Chooses a settled group's scale and offset again, its codes as they are and all other groups as they are.</summary>
    /// <param name="group">The group.</param>
    /// <param name="choice">What it has.</param>
    public abstract GroupChoice Rescale(in SettledGroup group, GroupChoice choice);

    /// <summary>Changes single codes of a settled group as long as that lowers the error of the whole row.</summary>
    /// <param name="group">The group.</param>
    /// <param name="choice">Its scale and zero.</param>
    public abstract void Exchange(in SettledGroup group, GroupChoice choice);

    /// <summary>The canonical code of a code value.</summary>
    /// <param name="point">v.</param>
    public abstract ushort Code(float point);

    /// <summary>ŵ = s · v + o of a scale and what the format stores beside it.</summary>
    /// <param name="scale">s.</param>
    /// <param name="zero">The stored zero.</param>
    protected GroupChoice Choice(float scale, float zero) => new(scale, zero, Zero switch
    {
        ZeroPoint.Original => -scale * zero,
        ZeroPoint.Rescale => zero,
        _ => 0,
    });
}
