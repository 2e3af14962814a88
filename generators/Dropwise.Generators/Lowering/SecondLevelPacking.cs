using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>
/// Planar codes whose scales and zeros are quantized themselves. A group of 16 inputs has a word a lane: scale and zero of rows r, r + 16,
/// r + 32 and r + 48, so that the four quarters of a tile are a shift apart; statistics are four numbers a quarter and group.
/// </summary>
/// <param name="Planes">The bit planes of a code, placed as in <see cref="PlanarPacking"/>.</param>
/// <param name="StatisticBits">Bits of a quantized scale, and of a quantized zero: also the bytes of a lane's word.</param>
/// <param name="Outliers">Whether weights may be replaced.</param>
internal sealed record SecondLevelPacking(EquatableArray<CodePlane> Planes, int StatisticBits, bool Outliers) : Packing
{
    /// <summary>Inputs of a group.</summary>
    public const int GroupInputs = 16;

    /// <summary>Groups of a block.</summary>
    public const int BlockGroups = PlanarPacking.BlockInputs / GroupInputs;

    /// <summary>Statistics of a quarter and group: step and offset of the scales, step and offset of the zeros.</summary>
    public const int Statistics = 4;

    /// <summary>Rows of a job of outliers.</summary>
    public const int JobRows = 16;

    /// <summary>Inputs of a job of outliers.</summary>
    public const int JobInputs = 512;

    /// <summary>Bytes of an outlier, and of the number of a job's entries.</summary>
    public const int EntryBytes = 4;
}
