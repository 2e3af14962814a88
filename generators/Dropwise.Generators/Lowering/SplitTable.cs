using System;
using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>
/// A lookup table rounded to 16 bits and split into signed bytes: an entry is <c>Scale · (256 · High + Low)</c>, so that integer tensor cores
/// multiply both bytes and keep the precision that 16-bit activations have.
/// </summary>
/// <param name="High">The high bytes of the entries, four in a 32-bit word.</param>
/// <param name="Low">The low bytes.</param>
/// <param name="Scale">What the integers are multiplied by.</param>
internal sealed record SplitTable(EquatableArray<uint> High, EquatableArray<uint> Low, float Scale)
{
    // 127 · 256: the largest integer whose high byte is signed and whose low byte is in [-128, 127].
    private const int Largest = 32512;

    /// <summary>Rounds a table.</summary>
    /// <param name="values">4, 8 or 16 values, not all zero.</param>
    public static SplitTable Of(EquatableArray<float> values)
    {
        float scale = values.Max(Math.Abs) / Largest;
        int[] entries = [.. values.Select(value => (int)Math.Round(value / scale))];
        int[] high = [.. entries.Select(static entry => (entry + 128) >> 8)];
        int[] low = [.. entries.Zip(high, static (entry, upper) => entry - (256 * upper))];
        return new SplitTable(new EquatableArray<uint>(Words(high)), new EquatableArray<uint>(Words(low)), scale);
    }

    private static IEnumerable<uint> Words(int[] bytes) =>
        Enumerable.Range(0, bytes.Length / 4).Select(i => Enumerable.Range(0, 4).Aggregate(0u, (word, j) => word | ((uint)(byte)bytes[(4 * i) + j] << (8 * j))));
}
