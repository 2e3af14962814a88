using Dropwise.Cpu;

namespace Dropwise.Inference.Blocks.Engines.Cuda;

/// <summary>One operand of the products of all heads of some windows: a matrix a window and head, all of one shape.</summary>
/// <param name="First">The matrix of the first window, at offset 0.</param>
/// <param name="WindowStride">Elements from one window to the next.</param>
/// <param name="Offset">The offset of a query head's matrix in a window; heads that share keys may share it.</param>
internal readonly record struct HeadOperand(FloatView First, long WindowStride, Func<int, long> Offset)
{
    /// <summary>The operand with each matrix transposed.</summary>
    public HeadOperand Transposed => this with { First = First.Transposed };

    /// <summary>The address of a matrix.</summary>
    /// <param name="window">The window.</param>
    /// <param name="head">The query head.</param>
    public unsafe nint AddressOf(int window, int head) => (nint)(First.Data + (window * WindowStride) + Offset(head));
}
