namespace Dropwise;

/// <summary>
/// The bytes on disk are somebody else's: a row is a sequence of blocks of so many inputs, each of so many bytes, and
/// <see cref="BlockFieldAttribute"/> says what lies where. What a weight is follows from the other attributes, as for any format.
/// </summary>
/// <remarks>
/// <para>
/// Kernels read such blocks where they lie, in a mapped file: a lane is an input, not a row as in the layouts of our own, so that nothing is
/// repacked, loading copies nothing, and two processes share one copy. A product unpacks 32 inputs at a time to bytes, widens them and
/// multiplies int16 activations; many tokens go through float32 panels, whose decoding is shared by all of them.
/// </para>
/// <para>
/// Beside <see cref="SecondLevelAttribute"/>, whose statistics are then a block's, a group has s = S · s_q, or S · (s_q − 2^(bits−1)) where
/// <see cref="SignedScales"/> says so, and with <see cref="ZeroPoint.Rescale"/> the offset o = −O · o_q: ŵ = s · q + o.
/// </para>
/// </remarks>
/// <param name="inputs">Inputs of a block: a multiple of 32, at most 256, which then divides K.</param>
/// <param name="bytes">Bytes of a block; its fields fill them to the last bit.</param>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class BlockAttribute(int inputs, int bytes) : Attribute
{
    /// <summary>Inputs of a block.</summary>
    public int Inputs { get; } = inputs;

    /// <summary>Bytes of a block.</summary>
    public int Bytes { get; } = bytes;

    /// <summary>Whether quantized scales are signed: with 8 bits in two's complement, otherwise stored as s_q + 2^(bits−1).</summary>
    public bool SignedScales { get; init; }
}
