namespace Dropwise;

/// <summary>Quantized scales and zeros of one matrix, and the statistics that they are quantized by.</summary>
public sealed class SecondLevelStatistics
{
    private readonly int _groupsOfStep;
    private readonly int _stepsOfRow;

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
        _groupsOfStep = format.Block is { } block ? block.Inputs / format.GroupSize : 1;
        _stepsOfRow = (Groups + _groupsOfStep - 1) / _groupsOfStep;
        ScaleCodes = new byte[(long)rows * Groups];
        ZeroCodes = new byte[level.ZeroBits == 0 ? 0 : ScaleCodes.LongLength];
        ScaleSteps = new float[(long)level.RowGroupsOf(rows) * _stepsOfRow];
        ScaleOffsets = new float[ScaleSteps.LongLength];
        ZeroSteps = new float[level.ZeroBits == 0 ? 0 : ScaleSteps.LongLength];
        ZeroOffsets = new float[ZeroSteps.LongLength];

        // Signed scales of a block are centred by the declaration, not by a statistic.
        if (format.Block is { SignedScales: true }) ScaleOffsets.AsSpan().Fill(1 << (level.ScaleBits - 1));
    }

    /// <summary>Consecutive rows that share statistics.</summary>
    public int GroupRows { get; }

    /// <summary>Groups of inputs of a row.</summary>
    public int Groups { get; }

    /// <summary>s_q, [N, groups].</summary>
    public byte[] ScaleCodes { get; }

    /// <summary>z_q, or o_q of a block, [N, groups]; empty where there are none.</summary>
    public byte[] ZeroCodes { get; }

    /// <summary>
    /// S_s of s = S_s · (s_q − Z_s), [row groups, groups], of blocks [N, blocks]; like all statistics exactly representable in the declared type.
    /// </summary>
    public float[] ScaleSteps { get; }

    /// <summary>Z_s, as many; of blocks a constant.</summary>
    public float[] ScaleOffsets { get; }

    /// <summary>S_z of z = S_z · (z_q − Z_z), or O of o = −O · o_q, as many.</summary>
    public float[] ZeroSteps { get; }

    /// <summary>Z_z, as many; of blocks 0.</summary>
    public float[] ZeroOffsets { get; }

    /// <summary>The index of a group's quantized scale and zero.</summary>
    /// <param name="row">Output row.</param>
    /// <param name="group">Group of inputs.</param>
    public long CodeIndex(int row, int group) => ((long)row * Groups) + group;

    /// <summary>The index of a group's statistics.</summary>
    /// <param name="row">Output row.</param>
    /// <param name="group">Group of inputs.</param>
    public long StatIndex(int row, int group) => ((long)(row / GroupRows) * _stepsOfRow) + (group / _groupsOfStep);
}
