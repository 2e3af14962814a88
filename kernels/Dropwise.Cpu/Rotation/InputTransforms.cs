using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dropwise.Cpu;

/// <summary>
/// Applies <see cref="InputTransform"/>: V·x = (H_p x') / √p in blocks of p, x' being x with random signs. V is orthogonal, so that
/// W x = (W·Vᵀ)(V x), and a row of W·Vᵀ is V applied to the row of W: activations and weights go through the same code.
/// </summary>
public static unsafe class InputTransforms
{
    private static readonly ConditionalWeakTable<InputTransform, NativeBuffer> Factors = [];

    /// <summary>Rotates the rows of a matrix in place, which gives W·Vᵀ.</summary>
    /// <param name="transform">The rotation of K inputs.</param>
    /// <param name="rows">W, [N, K] row-major, float32; overwritten.</param>
    /// <exception cref="ArgumentException">The length is not a whole number of rows, or the transform is no rotation.</exception>
    public static void RotateRows(InputTransform transform, Span<float> rows)
    {
        float* factors = RequireRotation(transform, rows);
        fixed (float* pointer = rows)
        {
            for (int start = 0; start < rows.Length; start += transform.Columns)
                Rotate(factors, pointer + start, pointer + start, transform.Columns, transform.BlockSize);
        }

        // The factors live as long as the transform that they are attached to.
        GC.KeepAlive(transform);
    }

    /// <summary>Turns the rows of a matrix back in place, which gives W of W·Vᵀ.</summary>
    /// <param name="transform">The rotation of K inputs.</param>
    /// <param name="rows">W·Vᵀ, [N, K] row-major, float32; overwritten.</param>
    /// <exception cref="ArgumentException">The length is not a whole number of rows, or the transform is no rotation.</exception>
    public static void UnrotateRows(InputTransform transform, Span<float> rows)
    {
        float* factors = RequireRotation(transform, rows);
        fixed (float* pointer = rows)
        {
            for (int start = 0; start < rows.Length; start += transform.Columns)
            {
                HadamardBlocks.Transform(pointer + start, transform.Columns, transform.BlockSize);
                for (int k = 0; k < transform.Columns; k++) pointer[start + k] *= factors[k];
            }
        }

        GC.KeepAlive(transform);
    }

    /// <summary>Rotates a run of whole blocks of one input vector.</summary>
    /// <param name="transform">The rotation of K inputs.</param>
    /// <param name="source">x, [K] float32.</param>
    /// <param name="destination">Receives V·x at the same positions, [K] float32; may be <paramref name="source"/>.</param>
    /// <param name="firstBlock">The first block.</param>
    /// <param name="blocks">Blocks to rotate.</param>
    public static void RotateBlocks(InputTransform transform, float* source, float* destination, int firstBlock, int blocks)
    {
        int start = firstBlock * transform.BlockSize;
        Rotate(FactorsOf(transform) + start, source + start, destination + start, blocks * transform.BlockSize, transform.BlockSize);
        GC.KeepAlive(transform);
    }

    /// <summary>Transforms a run of one input vector.</summary>
    /// <param name="transform">A rotation or an order of K inputs.</param>
    /// <param name="source">x, [K] float32.</param>
    /// <param name="destination">Receives the run, [count] float32.</param>
    /// <param name="first">The first stored input; under a rotation, the first of a block.</param>
    /// <param name="count">Inputs; under a rotation, whole blocks.</param>
    public static void Run(InputTransform transform, float* source, float* destination, int first, int count)
    {
        if (transform.Order is not { } order)
        {
            RotateBlocks(transform, source, destination - first, first / transform.BlockSize, count / transform.BlockSize);
            return;
        }

        ReadOnlySpan<int> run = order.AsSpan(first, count);
        for (int i = 0; i < run.Length; i++) destination[i] = source[run[i]];
    }

    /// <summary>What inputs are multiplied by before Hadamard blocks, which then need no scaling: the signs over √p.</summary>
    /// <param name="transform">The rotation of K inputs.</param>
    /// <returns>[K].</returns>
    public static float[] CopyFactors(InputTransform transform)
    {
        float[] factors = new ReadOnlySpan<float>(FactorsOf(transform), transform.Columns).ToArray();
        GC.KeepAlive(transform);
        return factors;
    }

    private static float* RequireRotation(InputTransform transform, ReadOnlySpan<float> rows)
    {
        if (transform.Order is not null) throw new ArgumentException("an order of inputs is no rotation", nameof(transform));
        if (rows.Length % transform.Columns != 0)
            throw new ArgumentException($"{rows.Length} elements are not whole rows of {transform.Columns} inputs", nameof(rows));
        return FactorsOf(transform);
    }

    private static void Rotate(float* factors, float* source, float* destination, int count, int block)
    {
        int i = 0;
        for (; i <= count - Vector256<float>.Count; i += Vector256<float>.Count)
            (Vector256.Load(source + i) * Vector256.Load(factors + i)).Store(destination + i);

        for (; i < count; i++) destination[i] = source[i] * factors[i];
        HadamardBlocks.Transform(destination, count, block);
    }

    /// <summary>The signs over √p [K], so that the transform itself needs no scaling; made once for a rotation.</summary>
    private static float* FactorsOf(InputTransform transform) => (float*)Factors.GetValue(transform, Create).Pointer;

    private static NativeBuffer Create(InputTransform transform)
    {
        var buffer = new NativeBuffer((long)transform.Columns * sizeof(float));
        float scale = 1 / MathF.Sqrt(transform.BlockSize);
        for (int i = 0; i < transform.Columns; i++) ((float*)buffer.Pointer)[i] = transform.Signs[i] * scale;
        return buffer;
    }
}
