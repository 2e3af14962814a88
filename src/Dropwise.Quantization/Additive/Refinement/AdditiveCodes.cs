using System.Runtime.Intrinsics;

namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>Additive codes of a matrix in the making: ŵ[8] = s · Σ_m C_m[code_m].</summary>
/// <param name="codebooks">The codebooks C.</param>
/// <param name="codes">A plane a codebook [M][N · K / dimension].</param>
/// <param name="scales">s of each row [N]; 0 for a row of zeros, which has no part in any error.</param>
/// <param name="columns">Inputs K.</param>
internal sealed class AdditiveCodes(Codebooks codebooks, ushort[][] codes, float[] scales, int columns)
{
    /// <summary>The codebooks C.</summary>
    public Codebooks Codebooks { get; set; } = codebooks;

    /// <summary>A plane a codebook [M][N · K / dimension].</summary>
    public ushort[][] Codes => codes;

    /// <summary>s of each row [N].</summary>
    public float[] Scales => scales;

    /// <summary>Output rows N.</summary>
    public int Rows => scales.Length;

    /// <summary>Inputs K.</summary>
    public int Columns => columns;

    /// <summary>Adds a multiple of the codewords of one codebook to rows.</summary>
    /// <param name="values">Codewords, or a change of them.</param>
    /// <param name="codebook">The codebook.</param>
    /// <param name="row">The first row.</param>
    /// <param name="factor">What codewords are multiplied by.</param>
    /// <param name="sums">Rows [rows, K].</param>
    public void Add(Codebooks values, int codebook, int row, float factor, Span<float> sums)
    {
        int dimension = values.Dimension, runs = columns / dimension;
        Vector128<float> factors = Vector128.Create(factor);
        ReadOnlySpan<ushort> plane = codes[codebook].AsSpan(row * runs, sums.Length / dimension);
        for (int run = 0; run < plane.Length; run++)
        {
            ReadOnlySpan<float> codeword = values.Codeword(codebook, plane[run]);
            Span<float> sum = sums.Slice(run * dimension, dimension);
            for (int i = 0; i < dimension; i += Vector128<float>.Count)
                Vector128.FusedMultiplyAdd(factors, Vector128.Create(codeword[i..]), Vector128.Create<float>(sum[i..])).CopyTo(sum[i..]);
        }
    }

    /// <summary>Adds each run of inputs of rows to what belongs to its codeword of one codebook.</summary>
    /// <param name="values">Rows [rows, K].</param>
    /// <param name="codebook">The codebook.</param>
    /// <param name="row">The first row.</param>
    /// <param name="totals">Added to [M, codewords, dimension].</param>
    public void Scatter(ReadOnlySpan<float> values, int codebook, int row, float[] totals)
    {
        int dimension = Codebooks.Dimension, runs = columns / dimension;
        ReadOnlySpan<ushort> plane = codes[codebook].AsSpan(row * runs, values.Length / dimension);
        Span<float> book = totals.AsSpan(codebook * Codebooks.Codewords * dimension, Codebooks.Codewords * dimension);
        for (int run = 0; run < plane.Length; run++)
        {
            ReadOnlySpan<float> value = values.Slice(run * dimension, dimension);
            Span<float> total = book.Slice(plane[run] * dimension, dimension);
            for (int i = 0; i < dimension; i += Vector128<float>.Count)
                (Vector128.Create<float>(total[i..]) + Vector128.Create(value[i..])).CopyTo(total[i..]);
        }
    }

    /// <summary>What is left of a level's target over the row scales, T / s − Σ C: rows of zeros have nothing left.</summary>
    /// <param name="level">The level.</param>
    /// <param name="row">The first row.</param>
    /// <param name="errors">Receives the errors [rows, K].</param>
    public void Errors(MomentsLevel level, int row, Span<float> errors)
    {
        level.Target.Values.AsSpan(row * columns, errors.Length).CopyTo(errors);
        for (int i = 0; i < errors.Length / columns; i++)
        {
            float inverse = scales[row + i] == 0 ? 0 : 1 / scales[row + i];
            Span<float> error = errors.Slice(i * columns, columns);
            for (int k = 0; k < error.Length; k++) error[k] *= inverse;
        }

        for (int m = 0; m < level.Codebooks; m++) Add(Codebooks, m, row, -1, errors);
    }

    /// <summary>The codes of some of the rows.</summary>
    /// <param name="stride">One row of so many.</param>
    public AdditiveCodes Sample(int stride)
    {
        int runs = columns / Codebooks.Dimension, rows = (Rows + stride - 1) / stride;
        var sample = new AdditiveCodes(Codebooks, [.. codes.Select(_ => new ushort[rows * runs])], new float[rows], columns);
        for (int row = 0; row < rows; row++)
        {
            sample.Scales[row] = scales[row * stride];
            for (int m = 0; m < codes.Length; m++) codes[m].AsSpan(row * stride * runs, runs).CopyTo(sample.Codes[m].AsSpan(row * runs));
        }

        return sample;
    }
}
