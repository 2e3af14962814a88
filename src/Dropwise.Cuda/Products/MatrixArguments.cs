using System.Runtime.CompilerServices;

namespace Dropwise.Cuda;

/// <summary>One matrix of a launch: the same 120 bytes as <c>struct Matrix</c> of the device code.</summary>
public struct MatrixArguments
{
    /// <summary>Streams that the structure has room for.</summary>
    public const int MaxStreams = 12;

    /// <summary>Device addresses in the order of the format's program; 0 where a level is not resident.</summary>
    public StreamAddresses Streams;

    /// <summary>The address of the prepared codebooks; 0 where the format has none.</summary>
    public nint Codebooks;

    /// <summary>The address of y, [tokens][<see cref="OutputStride"/>] float32.</summary>
    public nint Output;

    /// <summary>Output rows N that exist.</summary>
    public int Rows;

    /// <summary>Floats from one token's outputs to the next one's.</summary>
    public int OutputStride;

    /// <summary>Addresses one after the other.</summary>
    [InlineArray(MaxStreams)]
    public struct StreamAddresses
    {
        private nint _first;
    }
}
