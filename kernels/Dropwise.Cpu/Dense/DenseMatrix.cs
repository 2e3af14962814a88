namespace Dropwise.Cpu;

/// <summary>An unquantized matrix, row-major, read in place: [N, K] of float32, float16 or bfloat16.</summary>
public static unsafe class DenseMatrix
{
    /// <summary>Wraps elements where they lie, usually in a mapped file.</summary>
    /// <param name="type">The element type: float32, float16 or bfloat16.</param>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    /// <param name="data">The first element, of any alignment.</param>
    /// <param name="owner">What keeps the memory alive; held as long as the matrix.</param>
    /// <returns>The matrix; disposing of it leaves the memory alone.</returns>
    /// <exception cref="ArgumentException">The type is not a float of 16 or 32 bits.</exception>
    public static WeightMatrix Create(ScalarType type, int rows, int columns, void* data, object owner) => type switch
    {
        ScalarType.Float32 => new DenseMatrix<Float32Element>(rows, columns, (byte*)data, owner),
        ScalarType.Float16 => new DenseMatrix<Float16Element>(rows, columns, (byte*)data, owner),
        ScalarType.BFloat16 => new DenseMatrix<BFloat16Element>(rows, columns, (byte*)data, owner),
        _ => throw new ArgumentException($"a dense matrix holds float32, float16 or bfloat16, not {type}", nameof(type)),
    };
}
