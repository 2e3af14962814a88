using System.Runtime.CompilerServices;

namespace Dropwise.Cpu;

/// <summary>
/// The codebooks of a <see cref="CodebookSet"/> as kernels read them, made once: float32 with all factors multiplied in for decoding, 16-bit
/// integers in an engine's order for building product tables.
/// </summary>
public sealed unsafe class PreparedCodebooks
{
    // A codebook of byte codes: with 16 elements a codeword 16 KiB of float32, which the first-level cache holds.
    private const int MostFloatCodewords = 256;

    /// <summary>Bytes before a codebook's words: a float32 that says what a word of 1 is worth.</summary>
    public const int HeaderBytes = 64;

    private static readonly ConditionalWeakTable<CodebookSet, PreparedCodebooks> Prepared = [];

    private readonly CodebookSet _set;
    private readonly NativeBuffer _values;
    private readonly NativeBuffer?[] _words = new NativeBuffer?[(int)CpuIsa.Avx512 + 1];
    private readonly Lock _lock = new();

    private PreparedCodebooks(CodebookSet set)
    {
        // The set itself is not held: it is the key that this object's life hangs on.
        _set = new CodebookSet(set.Count, set.Codewords, set.Dimension, set.Values, set.Scales);
        _values = set.Codewords > MostFloatCodewords ? Halves(set) : Floats(set);
    }

    /// <summary>
    /// Codewords [M, codewords, d]: float32 with the codebook's factor, but the float16 that they are where codes are wide, because half as many
    /// bytes then stay in the second-level cache.
    /// </summary>
    public void* Values => _values.Pointer;

    /// <summary>The prepared form of a set; the same object for the same set.</summary>
    /// <param name="set">The set.</param>
    public static PreparedCodebooks Of(CodebookSet set) => Prepared.GetValue(set, static key => new PreparedCodebooks(key));

    /// <summary>One codebook for the builders of product tables.</summary>
    /// <param name="isa">The builder's instruction set: scalar, AVX2 or AVX-512.</param>
    /// <param name="codebook">0 to M − 1.</param>
    /// <returns>A header of <see cref="HeaderBytes"/>, then int16 words in the engine's order (<see cref="CodebookWords"/>).</returns>
    public byte* Words(CpuIsa isa, int codebook)
    {
        NativeBuffer? words = Volatile.Read(ref _words[(int)isa]);
        if (words is null)
        {
            lock (_lock) words = _words[(int)isa] ??= CodebookWords.Create(_set, isa);
        }

        return words.Pointer + (codebook * CodebookWords.Bytes(_set));
    }

    private static NativeBuffer Floats(CodebookSet set)
    {
        var buffer = new NativeBuffer((long)set.Values.Length * sizeof(float));
        int length = set.Codewords * set.Dimension;
        for (int i = 0; i < set.Values.Length; i++) ((float*)buffer.Pointer)[i] = set.Values[i] * set.Scales[i / length];
        return buffer;
    }

    private static NativeBuffer Halves(CodebookSet set)
    {
        var buffer = new NativeBuffer((long)set.Values.Length * sizeof(Half));
        for (int i = 0; i < set.Values.Length; i++) ((Half*)buffer.Pointer)[i] = (Half)set.Values[i];
        return buffer;
    }
}
