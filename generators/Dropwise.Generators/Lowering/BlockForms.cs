using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>
/// Quantized scales or offsets of the groups of somebody else's blocks, a byte each, as a lane loads them with a part of the codes: [8 g][groups][rows g and
/// g + 8]. A byte is offset to be unsigned. Where both fit, a byte holds a scale in its low and an offset in its high half.
/// </summary>
/// <param name="PartInputs">Inputs of a part, and so of a unit.</param>
/// <param name="GroupInputs">Inputs of a group here, 16 or 32: a larger one has its byte again for each 32.</param>
internal sealed record QuantizedGroups(int PartInputs, int GroupInputs) : DeviceForm
{
    private const int ByteBits = 8;

    /// <inheritdoc/>
    public override int UnitInputs => PartInputs;

    /// <inheritdoc/>
    public override int UnitBytes => DeviceStreamPlan.JobRows * PartInputs / GroupInputs;

    /// <summary>Whether a group's scale and offset are halves of one byte.</summary>
    /// <param name="format">A format with a second level.</param>
    public static bool SharesBytes(FormatSpec format) => format is { Zero: not ZeroPoint.None, SecondLevel: { } level } && level.ScaleBits + level.ZeroBits <= ByteBits;
}

/// <summary>The steps of quantized scales, and of offsets where there are any: [8 g][scales of rows g and g + 8, offsets of both].</summary>
/// <param name="Stored">The type in a block.</param>
/// <param name="BlockInputs">Inputs of a block.</param>
/// <param name="HasOffsets">Whether there are steps of offsets.</param>
internal sealed record BlockSteps(ScalarType Stored, int BlockInputs, bool HasOffsets) : DeviceForm
{
    /// <summary>The type in device memory.</summary>
    public ScalarType Type => DeviceType(Stored);

    /// <inheritdoc/>
    public override int UnitInputs => BlockInputs;

    /// <inheritdoc/>
    public override int UnitBytes => DeviceStreamPlan.JobRows * DeclaredSize.BitsOf(Type) / 8 * (HasOffsets ? 2 : 1);
}
