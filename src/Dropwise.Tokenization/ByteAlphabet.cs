namespace Dropwise.Tokenization;

/// <summary>
/// The alphabet in which byte-level tokenizers spell bytes (GPT-2): printable Latin-1 characters stand for themselves, the other
/// 68 bytes for the characters from U+0100 on, in order of value. So a space is Ġ (U+0120).
/// </summary>
internal static class ByteAlphabet
{
    private const int FirstStandIn = 0x100;

    /// <summary>The character of each byte.</summary>
    internal static readonly char[] Characters = CreateCharacters();

    /// <summary>The byte of each character up to the last stand-in; −1 where the character stands for none.</summary>
    private static readonly short[] Bytes = CreateBytes();

    /// <summary>The byte that a character stands for.</summary>
    internal static bool TryGetByte(char character, out byte value)
    {
        short found = character < Bytes.Length ? Bytes[character] : (short)-1;
        value = (byte)found;
        return found >= 0;
    }

    private static char[] CreateCharacters()
    {
        var characters = new char[256];
        int standIns = 0;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            characters[value] = printable ? (char)value : (char)(FirstStandIn + standIns++);
        }
        return characters;
    }

    private static short[] CreateBytes()
    {
        var bytes = new short[Characters.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < 256; value++)
            bytes[Characters[value]] = (short)value;
        return bytes;
    }
}
