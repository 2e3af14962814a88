using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>Decodes whole blocks of a row to float32; a driver transposes rows into panels.</summary>
/// <param name="Block">How a block is unpacked.</param>
internal sealed record BlockDequantize(BlockPlan Block) : Schedule;

/// <summary>
/// Products of a row's blocks with int16 activations in the order of the inputs: 32 codes are unpacked to signed bytes, widened and multiplied,
/// and each run's integer sum is scaled by its groups' scales and the activations'.
/// </summary>
/// <param name="Block">How a block is unpacked.</param>
internal sealed record BlockWordGemv(BlockPlan Block) : Schedule;

/// <summary>How a block is unpacked to registers, decided.</summary>
internal sealed record BlockPlan
{
    /// <summary>The fields and their block.</summary>
    public required BlockPacking Packing { get; init; }

    /// <summary>The runs of 32 inputs, in order.</summary>
    public required EquatableArray<RunPlan> Runs { get; init; }

    /// <summary>Second level: how the quantized scale of each half run is gathered, layer by layer; otherwise empty.</summary>
    public required EquatableArray<LaneLayer> Scales { get; init; }

    /// <summary>Second level: how the quantized offset of each half run is gathered; otherwise empty.</summary>
    public required EquatableArray<LaneLayer> Zeros { get; init; }

    /// <summary>What a code's signed byte stands for: the values of a table as integers, in order of the code; otherwise empty.</summary>
    public required EquatableArray<int> Table { get; init; }

    /// <summary>What an entry of <see cref="Table"/> is multiplied by to give the value, a power of two; 1 without a table.</summary>
    public required float TableScale { get; init; }

    /// <summary>What is subtracted from a code to give its signed value: 2^(bits−1) of signed codes but those of 8 bits, otherwise 0.</summary>
    public required int CodeZero { get; init; }

    /// <summary>What is subtracted from a quantized scale.</summary>
    public required int ScaleZero { get; init; }
}

/// <summary>How the codes of 32 inputs are gathered into a register of bytes: the layers are joined by or.</summary>
/// <param name="Layers">The layers.</param>
internal sealed record RunPlan(EquatableArray<LaneLayer> Layers);

/// <summary>
/// Some bits of several elements, each a lane. Lanes are in halves of 16, each of which finds its bytes in a window of 16 bytes of the block.
/// </summary>
/// <param name="Base">2, or 3 where <paramref name="Digits"/> are powers of three.</param>
/// <param name="Bits">Bits of a digit.</param>
/// <param name="Place">Where they go in the element.</param>
/// <param name="Windows">The first byte of each half's window.</param>
/// <param name="Bytes">The lane's byte, from the start of its window; −1 where the layer has nothing for the lane.</param>
/// <param name="Digits">Base 2: how far right the lane's byte is shifted. Base 3: the power of three that brings the digit to the top.</param>
internal sealed record LaneLayer(int Base, int Bits, int Place, EquatableArray<int> Windows, EquatableArray<int> Bytes, EquatableArray<int> Digits)
{
    /// <summary>Whether the lanes of a half are the bytes of its window in order.</summary>
    public bool IsInOrder => Bytes.Select(static (at, lane) => (at, lane)).All(static b => b.at == b.lane % 16);

    /// <summary>The digit that all lanes of a half share, or null.</summary>
    /// <param name="half">The half, from 0.</param>
    public int? DigitOf(int half)
    {
        int[] digits = [.. Digits.Where((_, lane) => lane / 16 == half && Bytes[lane] >= 0).Distinct()];
        return digits.Length == 1 ? digits[0] : null;
    }
}
