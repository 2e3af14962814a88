using System.Runtime.InteropServices;
using Dropwise.Cuda;

namespace Dropwise.Quantization.Tuning;

/// <summary>A matrix of additive codes in training, as <c>Blocks/AdditiveTraining.cuh</c> reads it: device addresses.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CodedMatrix
{
    // Of the device code.
    private const int ChunkInputs = 2048;
    private const int RowThreads = 256;

    /// <summary>W, or its gradient [N, K].</summary>
    public nint Weights;

    /// <summary>uint16 [M, N · runs].</summary>
    public nint Codes;

    /// <summary>[M, codewords, dimension].</summary>
    public nint Codebooks;

    /// <summary>[N].</summary>
    public nint RowScales;

    /// <summary>What inputs are multiplied by before Hadamard blocks [K], or 0 without a rotation.</summary>
    public nint Factors;

    /// <summary>int32 [M, N · runs]: runs in the order of their codes.</summary>
    public nint Order;

    /// <summary>int32 [M, codewords + 1]: where those of each code begin.</summary>
    public nint Starts;

    /// <summary>[M, codewords, dimension].</summary>
    public nint Gradients;

    /// <summary>Rows N.</summary>
    public int Rows;

    /// <summary>Inputs K.</summary>
    public int Columns;

    /// <summary>Elements of a codeword.</summary>
    public int Dimension;

    /// <summary>Codewords of a codebook.</summary>
    public int Codewords;

    /// <summary>Codebooks that count.</summary>
    public int Level;

    /// <summary>Inputs of a Hadamard block.</summary>
    public int Block;

    /// <summary>How kernels that go over chunks of rows are launched.</summary>
    public readonly LaunchShape Chunks => new(Rows, RowThreads) { BlocksY = (Columns + ChunkInputs - 1) / ChunkInputs };
}
