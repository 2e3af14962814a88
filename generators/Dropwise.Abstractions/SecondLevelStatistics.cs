namespace Dropwise;

/// <summary>Quantized scales and zeros of one matrix, and the statistics that they are quantized by.</summary>
public sealed class SecondLevelStatistics
{
    /// <summary>Creates statistics that are all zero.</summary>
    /// <param name="format">A format with a second level.</param>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    /// <exception cref="ArgumentException">The format has no second level.</exception>
    public SecondLevelStatistics(FormatDescriptor format, int rows, int columns)
    {
        SecondLevelDescriptor level = format.SecondLevel ?? throw new ArgumentException($"{format.Name} has no second level", nameof(format));
        GroupRows = level.GroupRows;
        Groups = format.GroupsOf(columns);
        ScaleCodes = new byte[(long)rows * Groups];
        ZeroCodes = new byte[ScaleCodes.LongLength];
        ScaleSteps = new float[(long)level.RowGroupsOf(rows) * Groups];
        ScaleOffsets = new float[ScaleSteps.LongLength];
        ZeroSteps = new float[ScaleSteps.LongLength];
        ZeroOffsets = new float[ScaleSteps.LongLength];
    }

    /// <summary>Consecutive rows that share statistics.</summary>
    public int GroupRows { get; }

    /// <summary>Groups of inputs of a row.</summary>
    public int Groups { get; }

    /// <summary>s_q, [N, groups].</summary>
    public byte[] ScaleCodes { get; }

    /// <summary>z_q, [N, groups].</summary>
    public byte[] ZeroCodes { get; }

    /// <summary>S_s of s = S_s · (s_q − Z_s), [row groups, groups]; like all statistics exactly representable in the declared type.</summary>
    public float[] ScaleSteps { get; }

    /// <summary>Z_s, [row groups, groups].</summary>
    public float[] ScaleOffsets { get; }

    /// <summary>S_z of z = S_z · (z_q − Z_z), [row groups, groups].</summary>
    public float[] ZeroSteps { get; }

    /// <summary>Z_z, [row groups, groups].</summary>
    public float[] ZeroOffsets { get; }

    /// <summary>The index of a group's quantized scale and zero.</summary>
    /// <param name="row">Output row.</param>
    /// <param name="group">Group of inputs.</param>
    public long CodeIndex(int row, int group) => ((long)row * Groups) + group;

    /// <summary>The index of a group's statistics.</summary>
    /// <param name="row">Output row.</param>
    /// <param name="group">Group of inputs.</param>
    public long StatIndex(int row, int group) => ((long)(row / GroupRows) * Groups) + group;
}
