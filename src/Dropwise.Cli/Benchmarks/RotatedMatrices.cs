using Dropwise.Cpu;
using Dropwise.Inference;

namespace Dropwise.Cli.Benchmarks;

/// <summary>
/// Copies of a matrix that are multiplied one after the other, so many that none of them is still in a cache when its turn comes again:
/// the situation of decoding, where a token reads every weight of the model once.
/// </summary>
internal sealed unsafe class RotatedMatrices : IDisposable
{
    // Above the last-level caches of current processors.
    private const long MinimumBytes = 256L << 20;

    private readonly PackedMatrix[] _copies;
    private readonly NativeBuffer _output;
    private readonly Activations _activations;
    private readonly int _level;

    /// <summary>Makes the copies.</summary>
    /// <param name="row">The format.</param>
    /// <param name="level">The level that products read, from 1.</param>
    /// <param name="shape">N and K.</param>
    /// <param name="tokens">Tokens of a product.</param>
    public RotatedMatrices(FormatRow row, int level, MatrixShape shape, int tokens)
    {
        var factory = new RandomMatrixFactory(seed: 1);
        InputTransform rotation = factory.Transform(shape.Columns);
        PackedMatrix first = factory.Create(row, shape.Rows, shape.Columns, rotation);
        _level = level;
        BytesRead = first.BytesRead(level);
        int copies = (int)((MinimumBytes + BytesRead - 1) / BytesRead);
        _copies = [first, .. Enumerable.Range(1, copies - 1).Select(_ => factory.Create(row, shape.Rows, shape.Columns, rotation))];
        _output = new NativeBuffer((long)tokens * shape.Rows * sizeof(float));
        _activations = new Activations(tokens, shape.Columns);
        _activations.Changed(tokens, shape.Columns);

        // Any values that are not all alike: speed does not depend on them.
        for (int token = 0; token < tokens; token++)
        {
            for (int k = 0; k < shape.Columns; k++) _activations.Values[(token * _activations.Stride) + k] = MathF.Sin(token + k);
        }
    }

    /// <summary>Copies of the matrix.</summary>
    public int Count => _copies.Length;

    /// <summary>Bytes of weights that one product reads.</summary>
    public long BytesRead { get; }

    /// <summary>Multiplies each copy once; what is done to the activations first is done again for each, as in a model.</summary>
    /// <param name="team">The workers.</param>
    public void MultiplyAll(WorkerTeam team)
    {
        foreach (PackedMatrix copy in _copies)
        {
            _activations.Changed();
            MatrixMultiply.Run(team, _activations, [new MatrixProduct(copy, _level, (float*)_output.Pointer, copy.Rows)], Precision.Fast);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The copies' memory is large: it must be gone before the next kernel's is made, not when a finalizer finds the time.
        foreach (PackedMatrix copy in _copies) copy.Dispose();
        _output.Dispose();
        _activations.Dispose();
    }
}
