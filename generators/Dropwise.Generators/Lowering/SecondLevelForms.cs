using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>
/// What forms of a second level share: a unit is 16 rows × 256 inputs, eight steps of 32 inputs, of which each has two groups. Lane 4g + q holds
/// rows g and g + 8 at the inputs 8q to 8q + 7 of a step, and so of group q / 2.
/// </summary>
internal static class SecondLevelUnit
{
    /// <summary>Inputs of a unit.</summary>
    public const int Inputs = 256;

    /// <summary>Steps of a unit.</summary>
    public const int Steps = 8;

    /// <summary>Groups of a unit.</summary>
    public const int Groups = Inputs / SecondLevelPacking.GroupInputs;

    /// <summary>Fields of quantized scales and zeros that a row pair has in a unit's groups of one parity: two scales and two zeros a step.</summary>
    public const int Fields = 4 * Steps;
}

/// <summary>
/// Codes as [chunks][32 lanes][4 words], word i being register i of <c>mma</c> (rows g, g + 8 at the first four inputs, then at the last four): a
/// byte is one input's codes of several steps. Unlike bit planes, whose fields each cost a shift, the fields here are used where they lie: they
/// are whole multiples, 2^shift times the code, and a power of two is free in the group's scale. 4 bits: steps 2c and 2c + 1 of chunk c. 2 bits: steps
/// 4c to 4c + 3. 3 bits: steps 2c and 2c + 1 in bits 0 to 5 of chunk c; of step 6 the low bits in bits 6 and 7 of chunk 0 and the high bit in bit 6 of
/// chunk 2; of step 7 likewise in chunk 1 and bit 7 of chunk 2.
/// </summary>
/// <param name="Planes">The bit planes of the CPU layout.</param>
/// <param name="Bits">Bits of a code: 2, 3 or 4, which is also the chunks of a unit.</param>
internal sealed record InterleavedCodes(EquatableArray<CodePlane> Planes, int Bits) : DeviceForm
{
    /// <inheritdoc/>
    public override int UnitInputs => SecondLevelUnit.Inputs;

    /// <inheritdoc/>
    public override int UnitBytes => DeviceStreamPlan.JobRows * SecondLevelUnit.Inputs * Bits / 8;
}

/// <summary>
/// Quantized scales and zeros as [words][8 g][groups of even, of odd number]: for each step the scales of rows g and g + 8 and their zeros, field after
/// field without a gap.
/// </summary>
/// <param name="Bits">Bits of a field, which is also the words of a row pair and parity.</param>
internal sealed record StatisticWords(int Bits) : DeviceForm
{
    /// <inheritdoc/>
    public override int UnitInputs => SecondLevelUnit.Inputs;

    /// <inheritdoc/>
    public override int UnitBytes => 8 * 2 * Bits * sizeof(uint);
}

/// <summary>Statistics as [16 groups][step and offset of scales, step and offset of zeros].</summary>
internal sealed record GroupStatistics : DeviceForm
{
    /// <inheritdoc/>
    public override int UnitInputs => SecondLevelUnit.Inputs;

    /// <inheritdoc/>
    public override int UnitBytes => SecondLevelUnit.Groups * SecondLevelPacking.Statistics * sizeof(ushort);
}

/// <summary>
/// Where a unit's outliers are: the number of its first entry (32 bits), and after how many entries each of the eight row pairs ends (16 bits each).
/// The loader makes it, because its own length says how long the stream of entries is.
/// </summary>
internal sealed record OutlierUnits : DeviceForm
{
    /// <inheritdoc/>
    public override int UnitInputs => SecondLevelUnit.Inputs;

    /// <inheritdoc/>
    public override int UnitBytes => sizeof(uint) + (8 * sizeof(ushort));

    /// <inheritdoc/>
    public override bool IsRepacked => false;
}

/// <summary>
/// Outliers by unit, row pair and input: the value in bits 0 to 15, bit 23 for row g + 8, the unit's input in bits 24 to 31. The loader makes it.
/// </summary>
internal sealed record OutlierEntries : DeviceForm
{
    /// <inheritdoc/>
    public override int UnitInputs => 0;

    /// <inheritdoc/>
    public override int UnitBytes => 0;

    /// <inheritdoc/>
    public override bool IsRepacked => false;
}
