using System;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>Sizes that follow from a declaration alone, before any layout: what a layout must not exceed.</summary>
internal static class DeclaredSize
{
    /// <summary>Inputs of the shortest run that is made of whole groups, whole codewords and whole blocks of 32.</summary>
    /// <param name="format">The format; its group is a multiple of 32, or 16, and its dimension divides 32.</param>
    public static int WholeInputs(FormatSpec format) => format.Block?.Inputs ?? Math.Max(32, format.GroupSize);

    /// <summary>Bits of one output row's codes, group scales and zeros; the row's own scale and outliers are not counted.</summary>
    /// <param name="format">The format.</param>
    /// <param name="level">From 1.</param>
    /// <param name="inputs">A multiple of <see cref="WholeInputs"/>.</param>
    public static int InputBits(FormatSpec format, int level, int inputs)
    {
        if (format.Block is { } block) return inputs / block.Inputs * block.Bytes * 8;
        int codebooks = format.Nested ? level : format.CodebookCount;
        int codes = codebooks * format.StoredCodeBits * (inputs / format.Dimension);
        if (format.GroupSize == 0) return codes;
        if (format.SecondLevel is { } second)
            return codes + (inputs / format.GroupSize * (second.ScaleBits + second.ZeroBits + (SecondLevelPacking.Statistics * BitsOf(second.Stat) / second.GroupRows)));
        int scale = BitsOf(format.GroupScale);
        int zero = format.Zero switch { ZeroPoint.Original => format.CodeBits, ZeroPoint.Rescale => scale, _ => 0 };
        return codes + (inputs / format.GroupSize * (scale + zero));
    }

    /// <summary>Bits of one output row's scale.</summary>
    /// <param name="format">The format.</param>
    public static int RowBits(FormatSpec format) => format.OutputScale is { } type ? BitsOf(type) : 0;

    /// <summary>Bits of one element.</summary>
    /// <param name="type">The element type.</param>
    public static int BitsOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => 32,
        ScalarType.Float16 or ScalarType.BFloat16 => 16,
        _ => 8,
    };
}
