using System.Buffers;
using System.Collections.Immutable;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.Inference.Blocks.Engines.Cuda;

namespace Dropwise.Quantization.Tuning;

/// <summary>
/// From windows that have gone back through a layer to the gradients of what is trained. Matrices are cut into rows, and who computes a piece adds
/// the windows in their order, so that no sum depends on the number of workers and no gradient of a whole matrix is ever in memory. On a device one is at a time.
/// </summary>
internal sealed unsafe class LayerGradients
{
    // As many rows as the product of a tile needs to pay for bringing a window's inputs into cache once more.
    private const int RowsPerPiece = 128;

    private readonly TunedLayer _layer;
    private readonly ImmutableArray<Piece> _pieces;

    /// <summary>Prepares to compute the gradients of a layer.</summary>
    /// <param name="layer">The layer.</param>
    public LayerGradients(TunedLayer layer)
    {
        _layer = layer;
        var pieces = ImmutableArray.CreateBuilder<Piece>();
        for (int i = 0; i < layer.Matrices.Length; i++)
        {
            if (layer.Matrices[i] is not { } matrix) continue;
            for (int row = 0; row < matrix.Working.Rows; row += RowsPerPiece)
                pieces.Add(new Piece(i, row, Math.Min(RowsPerPiece, matrix.Working.Rows - row), new float[matrix.CodebookElements]));
        }

        _pieces = pieces.ToImmutable();
    }

    /// <summary>Adds windows.</summary>
    /// <param name="level">The level that the layer was decoded at.</param>
    /// <param name="passes">The windows, which have gone back.</param>
    /// <param name="run">Workers and cancellation.</param>
    public void Add(int level, ReadOnlyMemory<BlockPass> passes, QuantizationRun run)
    {
        if (_layer.Block.Engine is CudaEngine engine) AddOnDevice(engine, level, passes.Span, run);
        else run.ForPieces(_pieces.Length, 1, (index, _) => Add(_pieces[index], level, passes.Span));
        foreach (BlockPass pass in passes.Span)
        {
            for (int i = 0; i < _layer.Norms.Length; i++)
            {
                Add(pass.Norms[i].Weight, _layer.Norms[i].Weight);
                if (_layer.Norms[i].Bias is { } bias) Add(pass.Norms[i].Bias!, bias);
            }

            for (int i = 0; i < _layer.Biases.Length; i++)
            {
                if (_layer.Biases[i] is { } bias) pass.Linears[i].AddBiasGradient(bias.Gradient);
            }
        }
    }

    /// <summary>Ends a step's sums: gradients are complete afterwards.</summary>
    public void Complete()
    {
        foreach (Piece piece in _pieces)
        {
            _layer.Matrices[piece.Matrix]!.AddCodebooks(piece.Codebooks);
            Array.Clear(piece.Codebooks);
        }

        for (int i = 0; i < _layer.Matrices.Length; i++)
        {
            if (_layer.Matrices[i] is { } matrix) _layer.DeviceOf(i)?.Complete(matrix);
        }
    }

    /// <summary>Ends the sums for codes since they last changed: their gradients are complete afterwards.</summary>
    public void CompleteCodes()
    {
        for (int i = 0; i < _layer.Matrices.Length; i++)
        {
            if (_layer.Matrices[i]?.Codes is { } codes) _layer.DeviceOf(i)?.CompleteCodes(codes);
        }
    }

    private void Add(Piece piece, int level, ReadOnlySpan<BlockPass> passes)
    {
        TunedMatrix matrix = _layer.Matrices[piece.Matrix]!;
        int columns = matrix.Working.Columns;
        float[] tile = ArrayPool<float>.Shared.Rent(piece.Rows * columns);
        Array.Clear(tile, 0, piece.Rows * columns);
        fixed (float* gradient = tile, weights = _layer.Block.Linears[piece.Matrix].Weight, codebooks = piece.Codebooks)
        {
            foreach (BlockPass pass in passes) pass.Linears[piece.Matrix].AddWeightGradient(piece.Row, piece.Rows, gradient);
            matrix.AddGradient(Math.Min(level, matrix.Working.Format.Levels), piece.Row, piece.Rows, gradient, weights + ((nint)piece.Row * columns), codebooks);
        }

        ArrayPool<float>.Shared.Return(tile);
    }

    private void AddOnDevice(CudaEngine engine, int level, ReadOnlySpan<BlockPass> passes, QuantizationRun run)
    {
        for (int i = 0; i < _layer.Matrices.Length; i++)
        {
            if (_layer.Matrices[i] is not { } matrix) continue;
            int rows = matrix.Working.Rows, columns = matrix.Working.Columns, own = Math.Min(level, matrix.Working.Format.Levels);
            using FloatMemory gradient = engine.Allocate((long)rows * columns);
            engine.Clear(gradient.Pointer, gradient.Length);
            foreach (BlockPass pass in passes) pass.Linears[i].AddWeightGradient(0, rows, gradient.Pointer);
            BlockLinear linear = _layer.Block.Linears[i];
            if (_layer.DeviceOf(i) is { } device)
            {
                device.AddGradient(matrix, own, gradient, engine.WeightsOf(linear), run);
                continue;
            }

            // What the device cannot take apart comes to the host, where its weights are too.
            var values = new float[rows * columns];
            engine.Read(gradient.Pointer, values);
            var codebooks = new float[matrix.CodebookElements];
            fixed (float* host = values, weights = linear.Weight, sums = codebooks) matrix.AddGradient(own, 0, rows, host, weights, sums);
            matrix.AddCodebooks(codebooks);
        }
    }

    private static void Add(float[] source, TrainedVector target)
    {
        for (int i = 0; i < source.Length; i++) target.Gradient[i] += source[i];
    }

    /// <summary>Some rows of a matrix.</summary>
    /// <param name="Matrix">The matrix, among those of the layer.</param>
    /// <param name="Row">The first row.</param>
    /// <param name="Rows">Rows.</param>
    /// <param name="Codebooks">These rows' part of the gradient of the matrix's codebooks.</param>
    private sealed record Piece(int Matrix, int Row, int Rows, float[] Codebooks);
}
