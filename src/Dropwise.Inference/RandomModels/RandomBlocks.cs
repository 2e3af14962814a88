namespace Dropwise.Inference;

/// <summary>Numbers in blocks whose other bytes are random: random bits of a float would be infinities and subnormals, which no model has.</summary>
internal static unsafe class RandomBlocks
{
    /// <summary>Writes the numbers of all blocks.</summary>
    /// <param name="blocks">The first block.</param>
    /// <param name="byteLength">Bytes of all blocks.</param>
    /// <param name="format">The format.</param>
    /// <param name="scale">The scale of a code that brings weights to their spread.</param>
    public static void FillNumbers(byte* blocks, long byteLength, FormatDescriptor format, float scale)
    {
        BlockDescriptor block = format.Block!;
        ScalarType type = format.SecondLevel?.Stat ?? format.GroupScale;

        // A step times the middle of its codes is the scale.
        float step = format.SecondLevel is { } level ? scale / (1 << (level.ScaleBits - 1)) : scale;
        foreach (BlockFieldDescriptor field in block.Fields)
        {
            if (field.Base != 0) continue;
            byte[] number = Bytes(type, field.Part is BlockPart.Zeros ? -scale * (format.CodeCount / 2) : step);
            for (byte* at = blocks + field.At; at < blocks + byteLength; at += block.Bytes) number.CopyTo(new Span<byte>(at, number.Length));
        }
    }

    private static byte[] Bytes(ScalarType type, float value) => type switch
    {
        ScalarType.Float16 => BitConverter.GetBytes((Half)value),
        ScalarType.BFloat16 => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)),
        ScalarType.Exponent8 => [(byte)(BitConverter.SingleToUInt32Bits(value) >> 23)],
        _ => BitConverter.GetBytes(value),
    };
}
