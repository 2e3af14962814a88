using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Dropwise.Quantization.Models.Journal;

/// <summary>A fingerprint of pieces in their order: what a run that goes on compares instead of the pieces.</summary>
internal sealed class Digest
{
    private byte[] _state = new byte[SHA256.HashSizeInBytes];

    /// <summary>Adds a piece. Pieces count as such: "ab", "c" and "a", "bc" differ.</summary>
    /// <param name="piece">Bytes.</param>
    public void Add(ReadOnlySpan<byte> piece) => _state = SHA256.HashData([.. _state, .. SHA256.HashData(piece)]);

    /// <summary>Adds a text.</summary>
    /// <param name="text">The text.</param>
    public void Add(string text) => Add(Encoding.UTF8.GetBytes(text));

    /// <summary>Adds numbers.</summary>
    /// <param name="values">The numbers.</param>
    public void Add(ReadOnlySpan<int> values) => Add(MemoryMarshal.AsBytes(values));

    /// <summary>The fingerprint of what has been added.</summary>
    public override string ToString() => RunIdentity.DigestPrefix + Convert.ToHexStringLower(_state);
}
