using System.Collections.Generic;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>
/// Some bits of every code, stored together so that fields never straddle a byte: 3 bits are a plane of 2 and one of 1.
/// </summary>
/// <param name="Bits">Bits of a field: 1, 2, 4 or 8.</param>
/// <param name="Shift">The position of the field's lowest bit in the code.</param>
internal sealed record CodePlane(int Bits, int Shift)
{
    /// <summary>Fields in a byte.</summary>
    public int FieldsPerByte => 8 / Bits;

    /// <summary>The mask of a field at the bottom of a byte.</summary>
    public int Mask => (1 << Bits) - 1;

    /// <summary>The planes of a code, lowest bits first, the widest plane first: 7 is 4 + 2 + 1.</summary>
    /// <param name="bits">Bits of a code, 1 to 8.</param>
    public static EquatableArray<CodePlane> Split(int bits)
    {
        var planes = new List<CodePlane>();
        int shift = 0;
        foreach (int width in new[] { 8, 4, 2, 1 })
        {
            if (bits - shift < width) continue;
            planes.Add(new CodePlane(width, shift));
            shift += width;
        }

        return new EquatableArray<CodePlane>(planes);
    }
}
