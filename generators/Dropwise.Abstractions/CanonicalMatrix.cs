namespace Dropwise;

/// <summary>
/// One quantized matrix in a neutral form: what quantizers write, the oracle reads, and packers turn into a kernel layout and back.
/// Row-major throughout. Weights are y = W x with W of [N output rows, K inputs].
/// </summary>
public sealed class CanonicalMatrix
{
    /// <summary>Creates a matrix whose codes and scales are all zero.</summary>
    /// <param name="format">The format of the codes.</param>
    /// <param name="rows">Output rows N, positive.</param>
    /// <param name="columns">Inputs K, a positive multiple of the format's dimension.</param>
    /// <exception cref="ArgumentException">A size is not positive, or K is not a multiple of the dimension.</exception>
    public CanonicalMatrix(FormatDescriptor format, int rows, int columns)
    {
        if (rows <= 0 || columns <= 0) throw new ArgumentException($"a matrix of {rows} x {columns} is empty");
        if (columns % format.Dimension != 0)
            throw new ArgumentException($"{format.Name} describes {format.Dimension} inputs a code, which does not divide {columns} columns", nameof(columns));
        Format = format;
        Rows = rows;
        Columns = columns;
        Codes = new ushort[format.CodebookCount][];
        for (int m = 0; m < Codes.Length; m++) Codes[m] = new ushort[(long)rows * (columns / format.Dimension)];
        GroupScales = new float[(long)rows * format.GroupsOf(columns)];
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

    /// <summary>Group scales [N, groups], exactly representable in the declared type; empty where there are no groups.</summary>
    public float[] GroupScales { get; }

    /// <summary>Zeros [N, groups]: integers under <see cref="ZeroPoint.Original"/>, offsets under <see cref="ZeroPoint.Rescale"/>; otherwise empty.</summary>
    public float[] GroupZeros { get; }

    /// <summary>Row scales [N], exactly representable in the declared type; empty where there are none.</summary>
    public float[] RowScales { get; }

    /// <summary>The codebooks of an additive format; otherwise null.</summary>
    public CodebookSet? Codebooks { get; set; }

    /// <summary>The rotation that the codes are behind; null where the format has none.</summary>
    public InputTransform? Transform { get; set; }
}
