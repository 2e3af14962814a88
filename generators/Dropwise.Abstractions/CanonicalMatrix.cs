namespace Dropwise;

/// <summary>
/// One quantized matrix in a neutral form: what quantizers write, the oracle reads, and packers turn into a kernel layout and back.
/// Row-major throughout. Weights are y = W x with W of [N output rows, K inputs].
/// </summary>
public sealed class CanonicalMatrix
{
    private Outlier[] _outliers = [];

    /// <summary>Creates a matrix whose codes and scales are all zero.</summary>
    /// <param name="format">The format of the codes.</param>
    /// <param name="rows">Output rows N, positive.</param>
    /// <param name="columns">Inputs K, a positive multiple of <see cref="FormatDescriptor.InputUnit"/>.</param>
    /// <exception cref="ArgumentException">A size is not positive, or K is not such a multiple.</exception>
    public CanonicalMatrix(FormatDescriptor format, int rows, int columns)
    {
        if (rows <= 0 || columns <= 0) throw new ArgumentException($"a matrix of {rows} x {columns} is empty");
        if (columns % format.Dimension != 0)
            throw new ArgumentException($"{format.Name} describes {format.Dimension} inputs a code, which does not divide {columns} columns", nameof(columns));
        if (format.Block is { } block && columns % block.Inputs != 0)
            throw new ArgumentException($"{format.Name} has blocks of {block.Inputs} inputs, which do not divide {columns} columns", nameof(columns));
        Format = format;
        Rows = rows;
        Columns = columns;
        Codes = new ushort[format.CodebookCount][];
        for (int m = 0; m < Codes.Length; m++) Codes[m] = new ushort[(long)rows * (columns / format.Dimension)];
        Statistics = format.SecondLevel is null ? null : new SecondLevelStatistics(format, rows, columns);
        GroupScales = format.SecondLevel is null ? new float[(long)rows * format.GroupsOf(columns)] : [];
        GroupZeros = format.Zero == ZeroPoint.None ? [] : new float[GroupScales.Length];
        RowScales = format.OutputScale is null ? [] : new float[rows];
    }

    /// <summary>The format of the codes.</summary>
    public FormatDescriptor Format { get; }

    /// <summary>Output rows N.</summary>
    public int Rows { get; }

    /// <summary>Inputs K.</summary>
    public int Columns { get; }

    /// <summary>
    /// One plane a codebook (one plane where codes are not additive), each [N, K / dimension]. A signed uniform code q is
    /// kept as q − minimum, so that all entries are in [0, 2^CodeBits).
    /// </summary>
    public ushort[][] Codes { get; }

    /// <summary>Group scales [N, groups], exactly representable in the declared type; empty where there are no groups or a second level has them.</summary>
    public float[] GroupScales { get; }

    /// <summary>Zeros [N, groups]: integers under <see cref="ZeroPoint.Original"/>, offsets under <see cref="ZeroPoint.Rescale"/>; otherwise empty.</summary>
    public float[] GroupZeros { get; }

    /// <summary>Scales and zeros of groups where they are quantized themselves; otherwise null.</summary>
    public SecondLevelStatistics? Statistics { get; }

    /// <summary>Weights that replace what their codes stand for, ascending by row, then by column; empty where there are none.</summary>
    /// <exception cref="ArgumentException">
    /// The format has no outliers, or they do not ascend strictly inside the matrix, or the code under one is not 0, which kernels rely on.
    /// </exception>
    public Outlier[] Outliers
    {
        get => _outliers;
        set
        {
            RequireOrder(value);
            _outliers = value;
        }
    }

    /// <summary>Row scales [N], exactly representable in the declared type; empty where there are none.</summary>
    public float[] RowScales { get; }

    /// <summary>The codebooks of an additive format; otherwise null.</summary>
    public CodebookSet? Codebooks { get; set; }

    /// <summary>The rotation that the codes are behind; null where the format has none.</summary>
    public InputTransform? Transform { get; set; }

    private void RequireOrder(Outlier[] outliers)
    {
        if (outliers.Length != 0 && Format.Outliers is null) throw new ArgumentException($"{Format.Name} has no outliers", nameof(outliers));
        long before = -1;
        foreach (Outlier outlier in outliers)
        {
            if (outlier.Row < 0 || outlier.Row >= Rows || outlier.Column < 0 || outlier.Column >= Columns)
                throw new ArgumentException($"an outlier at row {outlier.Row}, column {outlier.Column} of a matrix of {Rows} x {Columns}", nameof(outliers));
            long at = ((long)outlier.Row * Columns) + outlier.Column;
            if (at <= before)
                throw new ArgumentException($"the outlier at row {outlier.Row}, column {outlier.Column} does not come after the one before it", nameof(outliers));
            if (Codes[0][at] != 0)
                throw new ArgumentException($"the code under the outlier at row {outlier.Row}, column {outlier.Column} is {Codes[0][at]}, not 0", nameof(outliers));
            before = at;
        }
    }
}
