using Dropwise.Quantization.Additive;
using Dropwise.Quantization.EndToEnd.Codes;

namespace Dropwise.Quantization.Tuning;

/// <summary>
/// One quantized matrix in training. Codes stay, but where the whole model is trained; codebooks of its own, row scales, and scales and offsets of groups are float32 that need not be what
/// the format stores. Codebooks of a whole model stay too, but where the whole model is trained, and so do scales that are quantized themselves and those
/// that are powers of two.
/// </summary>
internal sealed partial class TunedMatrix
{
    private readonly CanonicalMatrix _source;
    private readonly SharedTraining? _shared;
    private readonly TrainedVector? _codebooks;
    private readonly TrainedVector? _rowScales;
    private readonly TrainedVector? _groupScales;
    private readonly TrainedVector? _groupOffsets;

    private TunedMatrix(CanonicalMatrix source, SharedTraining? shared, bool codes)
    {
        FormatDescriptor format = source.Format;
        _source = source;
        _shared = format.Scope == CodebookScope.Model ? shared : null;
        Working = Copy(source, codes);
        if (source.Codebooks is { } stored)
        {
            Working.Codebooks = stored;
            if (_shared is not null) (Working.Codebooks, _codebooks) = _shared.Of(stored);
            else if (format.Scope == CodebookScope.Tensor) (Working.Codebooks, _codebooks) = SharedTraining.Train(stored);
        }

        bool hasGroups = source.GroupScales.Length > 0 && format.GroupScale != ScalarType.Exponent8;
        if (Working.RowScales.Length > 0) _rowScales = new TrainedVector(Working.RowScales, 1);
        if (hasGroups) _groupScales = new TrainedVector(Working.GroupScales, 1);
        if (hasGroups && format.Zero == ZeroPoint.Rescale) _groupOffsets = new TrainedVector(Working.GroupZeros, Working.GroupZeros.Length);
        _codeValues = RowDecoder.CodeValues(format);
        Vectors = [.. ((TrainedVector?[])[_codebooks, _rowScales, _groupScales, _groupOffsets]).OfType<TrainedVector>()];
    }

    /// <summary>The matrix with its values as they are in training.</summary>
    public CanonicalMatrix Working { get; }

    /// <summary>Codes in training; null while they stay.</summary>
    public ICodeTraining? Codes { get; set; }

    /// <summary>What is trained beside codes.</summary>
    public IReadOnlyList<TrainedVector> Vectors { get; }

    /// <summary>Codewords' elements that are trained, 0 where codebooks are not.</summary>
    public int CodebookElements => _codebooks?.Values.Length ?? 0;

    /// <summary>Starts with a quantized matrix.</summary>
    /// <param name="source">The matrix; left as it is.</param>
    /// <param name="shared">Codebooks of a whole model in training; null where they stay.</param>
    /// <param name="codes">Whether codes are trained, which every format has.</param>
    /// <returns>The matrix in training, or null where its format has nothing that can be trained.</returns>
    public static TunedMatrix? Of(CanonicalMatrix source, SharedTraining? shared = null, bool codes = false)
    {
        if (source.Statistics is not null && !codes) return null;
        var matrix = new TunedMatrix(source, shared, codes);
        return matrix.Vectors.Count == 0 && !codes ? null : matrix;
    }

    /// <summary>The matrix with its values rounded to what the format stores.</summary>
    public CanonicalMatrix Store()
    {
        FormatDescriptor format = _source.Format;
        CanonicalMatrix stored = Copy(Working, Codes is not null);
        Round(stored.RowScales, format.OutputScale ?? ScalarType.Float32);
        if (_groupScales is not null) Round(stored.GroupScales, format.GroupScale);
        if (_groupOffsets is not null) Round(stored.GroupZeros, format.GroupScale);
        stored.Codebooks = _codebooks is null ? _source.Codebooks
            : _shared is not null ? _shared.Store(_source.Codebooks!, format.Codeword)
            : Codebooks.From(Working.Codebooks!).Store(format.Codeword);
        return stored;
    }

    private static void Round(float[] values, ScalarType type)
    {
        for (int i = 0; i < values.Length; i++) values[i] = ScalarRounding.Round(type, values[i]);
    }

    // Outliers and the rotation are the source's own, and so are codes that stay. Codes in training change where they are.
    private static CanonicalMatrix Copy(CanonicalMatrix source, bool codes)
    {
        var copy = new CanonicalMatrix(source.Format, source.Rows, source.Columns) { Transform = source.Transform };
        for (int m = 0; m < copy.Codes.Length; m++)
        {
            if (codes) source.Codes[m].CopyTo(copy.Codes[m], 0);
            else copy.Codes[m] = source.Codes[m];
        }

        source.RowScales.CopyTo(copy.RowScales, 0);
        source.GroupScales.CopyTo(copy.GroupScales, 0);
        source.GroupZeros.CopyTo(copy.GroupZeros, 0);
        if (source.Statistics is { } from && copy.Statistics is { } to)
        {
            from.ScaleCodes.CopyTo(to.ScaleCodes, 0);
            from.ZeroCodes.CopyTo(to.ZeroCodes, 0);
            from.ScaleSteps.CopyTo(to.ScaleSteps, 0);
            from.ScaleOffsets.CopyTo(to.ScaleOffsets, 0);
            from.ZeroSteps.CopyTo(to.ZeroSteps, 0);
            from.ZeroOffsets.CopyTo(to.ZeroOffsets, 0);
        }

        copy.Outliers = source.Outliers;
        return copy;
    }
}
