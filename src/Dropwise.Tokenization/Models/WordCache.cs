using System.Numerics;
using System.Runtime.InteropServices;

namespace Dropwise.Tokenization.Models;

/// <summary>
/// Remembers the ids of short pieces already encoded: text repeats its words, so that most pieces are found here. Its size is
/// fixed, and neither a look-up nor a new piece allocates. Not safe for concurrent use.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Places for pieces, a power of two: some more than the distinct words of a book, 3 MB in all.</summary>
    private const int SlotCount = 1 << 15;

    /// <summary>A piece may lie in one of this many neighbouring slots; more of one hash push each other out.</summary>
    private const int Ways = 4;

    /// <summary>The longest piece that is kept, in UTF-16 units. Longer words are rare.</summary>
    private const int LongestPiece = 24;

    /// <summary>The most ids that are kept for a piece.</summary>
    private const int MostIds = 8;

    private readonly Slot[] _slots = new Slot[SlotCount];
    private readonly char[] _pieces = new char[SlotCount * LongestPiece];
    private readonly int[] _ids = new int[SlotCount * MostIds];

    /// <summary>Finds the ids of a piece.</summary>
    /// <param name="piece">The piece, not empty.</param>
    /// <param name="ids">Its ids, valid until the next <see cref="Add"/>.</param>
    internal bool TryFind(ReadOnlySpan<char> piece, out ReadOnlySpan<int> ids)
    {
        if (piece.Length <= LongestPiece)
        {
            uint hash = Hash(piece);
            int first = FirstSlot(hash);
            for (int index = first; index < first + Ways; index++)
            {
                Slot slot = _slots[index];
                if (slot.Hash == hash && slot.Length == piece.Length && Piece(index, slot.Length).SequenceEqual(piece))
                {
                    ids = _ids.AsSpan(index * MostIds, slot.IdCount);
                    return true;
                }
            }
        }
        ids = default;
        return false;
    }

    /// <summary>Keeps the ids of a piece that was not found; a piece or a list of ids that is too long is not kept.</summary>
    internal void Add(ReadOnlySpan<char> piece, ReadOnlySpan<int> ids)
    {
        if (piece.Length > LongestPiece || ids.Length > MostIds)
            return;
        uint hash = Hash(piece);
        int first = FirstSlot(hash);
        int index = first;
        while (index < first + Ways && _slots[index].Length > 0)
            index++;
        if (index == first + Ways)
            index = first + (int)(hash % Ways);
        _slots[index] = new Slot(hash, (byte)piece.Length, (byte)ids.Length);
        piece.CopyTo(Piece(index, piece.Length));
        ids.CopyTo(_ids.AsSpan(index * MostIds));
    }

    private Span<char> Piece(int index, int length) => _pieces.AsSpan(index * LongestPiece, length);

    /// <summary>The first slot of a hash, from the bits that the choice of a victim does not use.</summary>
    private static int FirstSlot(uint hash) => (int)(hash >> 8) & (SlotCount - Ways);

    /// <summary>A fast hash, eight bytes a step. Collisions that somebody provokes cost a miss, no more.</summary>
    private static uint Hash(ReadOnlySpan<char> piece)
    {
        const ulong Multiplier = 0x9E3779B97F4A7C15; // 2^64 divided by the golden ratio spreads neighbouring values apart.
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(piece);
        ulong hash = (ulong)bytes.Length;
        while (bytes.Length >= sizeof(ulong))
        {
            hash = (BitOperations.RotateLeft(hash, 29) ^ MemoryMarshal.Read<ulong>(bytes)) * Multiplier;
            bytes = bytes[sizeof(ulong)..];
        }
        for (; bytes.Length > 0; bytes = bytes[sizeof(char)..])
            hash = (BitOperations.RotateLeft(hash, 29) ^ MemoryMarshal.Read<char>(bytes)) * Multiplier;
        return (uint)(hash >> 32);
    }

    /// <summary>A place: the hash of its piece, the units of the piece (0: empty) and the number of its ids.</summary>
    private readonly record struct Slot(uint Hash, byte Length, byte IdCount);
}
