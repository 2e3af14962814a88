using Dropwise.Cpu;
using Dropwise.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace Dropwise.Torch.Tests;

/// <summary>A quantized matrix whose codebooks and scales are parameters, written down from the formats' formulas.</summary>
internal sealed class TorchMatrix
{
    private readonly CanonicalMatrix _matrix;
    private readonly Tensor? _codebooks;
    private readonly Tensor? _rowScales;
    private readonly Tensor? _groupScales;
    private readonly Tensor? _groupOffsets;

    /// <summary>Copies a matrix's values.</summary>
    /// <param name="matrix">Codebooks whose factors are 1, or uniform codes with scales and offsets.</param>
    /// <param name="shared">Codebooks that several matrices read, by what they are copied from.</param>
    public TorchMatrix(CanonicalMatrix matrix, Dictionary<CodebookSet, Tensor> shared)
    {
        _matrix = matrix;
        if (matrix.Codebooks is { } books && !shared.TryGetValue(books, out _codebooks))
            shared.Add(books, _codebooks = TorchValues.Parameter(books.Values, books.Count, books.Codewords, books.Dimension));
        int groups = matrix.GroupScales.Length / matrix.Rows;
        if (matrix.RowScales.Length > 0) _rowScales = TorchValues.Parameter(matrix.RowScales, matrix.Rows, 1);
        if (groups > 0) _groupScales = TorchValues.Parameter(matrix.GroupScales, matrix.Rows, groups);
        if (groups > 0 && matrix.Format.Zero == ZeroPoint.Rescale) _groupOffsets = TorchValues.Parameter(matrix.GroupZeros, matrix.Rows, groups);
    }

    /// <summary>What is trained: codebooks, row scales, scales and offsets of groups, those that there are.</summary>
    public IEnumerable<Tensor> Parameters => ((Tensor?[])[_codebooks, _rowScales, _groupScales, _groupOffsets]).OfType<Tensor>();

    /// <summary>W [N, K] as inputs meet it.</summary>
    /// <param name="level">The level, of the format.</param>
    public Tensor Weight(int level)
    {
        Tensor weight = _codebooks is null ? Scaled() : Summed(level);
        return _matrix.Transform is { } transform ? weight.matmul(Rotation(transform).t()) : weight;
    }

    // s · Σ_m C_m[code_m].
    private Tensor Summed(int level)
    {
        IEnumerable<Tensor> terms = Enumerable.Range(0, _matrix.Format.CodebooksAt(level)).Select(m => _codebooks![m].index_select(0, Codes(m)).view(_matrix.Rows, _matrix.Columns));
        return terms.Aggregate(static (sum, term) => sum + term) * _rowScales!;
    }

    // s · q + o.
    private Tensor Scaled()
    {
        Tensor scales = Spread(_groupScales!), codes = Codes(0).to(float64).view(_matrix.Rows, _matrix.Columns) + _matrix.Format.MinimumCode;
        return (scales * codes) + Spread(_groupOffsets!);
    }

    private Tensor Spread(Tensor groups) => groups.repeat_interleave(_matrix.Format.GroupSize, 1).slice(1, 0, _matrix.Columns, 1);

    private Tensor Codes(int plane) => tensor([.. _matrix.Codes[plane].Select(static code => (long)code)], dtype: int64);

    // Rows of the identity, rotated as rows of weights are: Vᵀ, so that W = W' V.
    private static Tensor Rotation(InputTransform transform)
    {
        int size = transform.Signs.Length;
        var rows = new float[size * size];
        for (int i = 0; i < size; i++) rows[(i * size) + i] = 1;
        InputTransforms.RotateRows(transform, rows);
        return TorchValues.Constant(rows, size, size);
    }
}
