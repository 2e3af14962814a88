using System.Globalization;

namespace Dropwise.Quantization.Additive;

/// <summary>
/// Sums of codewords: rows are divided by their scale, codebooks are trained on the runs of weights that result, codes are searched, and the
/// rows' scales are fitted to the codes once more. Needs no data.
/// </summary>
public sealed class AdditiveQuantizer : IMatrixQuantizer
{
    private const int RowsPerPiece = 16;

    private readonly AdditiveOptions _options;
    private readonly CodebookSet? _shared;
    private readonly float[] _weights;

    /// <summary>Prepares to quantize to a format.</summary>
    /// <param name="format">A format of additive codes with scales of output rows.</param>
    /// <param name="options">How much work to do.</param>
    /// <param name="shared">The codebooks of all matrices; null to train codebooks for each matrix.</param>
    /// <exception cref="QuantizationException">The format is of another kind or has wide codes, or the level weights do not fit it.</exception>
    public AdditiveQuantizer(FormatDescriptor format, AdditiveOptions options, CodebookSet? shared = null)
    {
        RequireTrainable(format);
        Format = format;
        _options = options;
        _shared = shared;
        _weights = options.LevelWeights.For(format);
    }

    /// <inheritdoc/>
    public FormatDescriptor Format { get; }

    /// <inheritdoc/>
    public CanonicalMatrix Quantize(FloatMatrix weights, QuantizationRun run)
    {
        var scales = new float[weights.Rows];
        VectorSet vectors = Normalize(weights, Format, scales);
        var result = new CanonicalMatrix(Format, weights.Rows, weights.Columns);
        scales.CopyTo(result.RowScales, 0);
        VectorSet training = vectors.Sample(_options.TrainingVectors);
        result.Codebooks = _shared;
        if (result.Codebooks is null)
        {
            TrainedCodebooks trained = CodebookTrainer.Train(training, Format, _options, run);
            result.Codebooks = trained.Codebooks;

            // A sample's codes are of no use to the whole; where all vectors were trained on, theirs are where the last search starts.
            if (training == vectors)
            {
                for (int m = 0; m < trained.Codes.Length; m++) trained.Codes[m].CopyTo(result.Codes[m], 0);
            }
        }

        Codebooks codebooks = Codebooks.From(result.Codebooks);
        using (ICodeSearch search = CodeSearch.For(vectors, Format, _options))
            search.Improve(codebooks, _weights, _options.BeamWidth, result.Codes, new float[vectors.Count], run);
        RefitRowScales(weights, result, codebooks, run);
        return result;
    }

    /// <summary>Refuses formats whose codebooks are not trained here.</summary>
    /// <param name="format">The format.</param>
    /// <exception cref="QuantizationException">The format is of another kind or has wide codes.</exception>
    internal static void RequireTrainable(FormatDescriptor format)
    {
        if (format.Kind != CodeKind.Additive || format.OutputScale is null || format.GroupSize != 0)
            throw new QuantizationException($"{format.Name}: codebooks need additive codes and scales of output rows only");
        if (format.HasWideCodes)
            throw new QuantizationException($"{format.Name}: {format.CodeCount.ToString("N0", CultureInfo.InvariantCulture)} codewords are not trained here; the format is for models that their authors publish in it");
    }

    /// <summary>Divides rows by their root mean square, so that one set of codebooks fits all of them.</summary>
    /// <param name="weights">The weights [N, K].</param>
    /// <param name="format">The format.</param>
    /// <param name="scales">Receives the scales [N], rounded to their type; 0 for a row of zeros.</param>
    /// <exception cref="QuantizationException">A weight is not finite, or the matrix does not fit the format.</exception>
    internal static VectorSet Normalize(FloatMatrix weights, FormatDescriptor format, float[] scales)
    {
        weights.RequireFinite();
        if (weights.Columns % format.Dimension != 0)
            throw new QuantizationException($"{format.Name} describes {format.Dimension} inputs a code, which does not divide {weights.Columns} columns");

        var normalized = new float[weights.Values.Length];
        for (int n = 0; n < weights.Rows; n++)
        {
            ReadOnlySpan<float> row = weights.Row(n);
            double squares = 0;
            foreach (float w in row) squares += (double)w * w;
            scales[n] = ScalarRounding.Round(format.OutputScale!.Value, (float)Math.Sqrt(squares / row.Length));
            if (scales[n] == 0) continue;
            Span<float> target = normalized.AsSpan(n * weights.Columns, weights.Columns);
            for (int k = 0; k < row.Length; k++) target[k] = row[k] / scales[n];
        }

        return new VectorSet(format.Dimension, normalized);
    }

    // The scale of least weighted squared error for a row's codes: Σ_k λ_k ⟨w, p_k⟩ / Σ_k λ_k ⟨p_k, p_k⟩.
    private void RefitRowScales(FloatMatrix weights, CanonicalMatrix result, Codebooks codebooks, QuantizationRun run)
    {
        int dimension = codebooks.Dimension;
        int runs = weights.Columns / dimension;
        run.ForPieces(weights.Rows, RowsPerPiece, (start, end) =>
        {
            Span<float> sum = stackalloc float[dimension];
            for (int row = start; row < end; row++)
            {
                ReadOnlySpan<float> w = weights.Row(row);
                double products = 0;
                double squares = 0;
                for (int j = 0; j < runs; j++)
                {
                    sum.Clear();
                    for (int m = 0; m < _weights.Length; m++)
                    {
                        ReadOnlySpan<float> codeword = codebooks.Codeword(m, result.Codes[m][(row * runs) + j]);
                        for (int i = 0; i < dimension; i++) sum[i] += codeword[i];
                        products += _weights[m] * Dot(w.Slice(j * dimension, dimension), sum);
                        squares += _weights[m] * Dot(sum, sum);
                    }
                }

                if (squares > 0) result.RowScales[row] = ScalarRounding.Round(Format.OutputScale!.Value, (float)(products / squares));
            }
        });
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
