using System.Collections.Generic;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Byte offsets of the planar layout of CPUs, beside what a kernel's semantics say; all renderers of a planar kernel ask here.</summary>
/// <param name="kernel">A planar kernel.</param>
internal sealed class PlanarGeometry(KernelDefinition kernel) : PlanarSemantics(kernel.Semantics)
{
    /// <summary>Bytes of a quarter: 16 rows × 32 inputs.</summary>
    public int QuarterBytes => Bits * PlanarPacking.VectorBytes;

    /// <summary>Bytes of a block: 64 rows × 32 inputs.</summary>
    public int BlockBytes => PlanarPacking.Quarters * QuarterBytes;

    /// <summary>Blocks of 32 inputs in a group; 0 where no scale is a group's.</summary>
    public int BlocksPerGroup => (GroupScale?.GroupSize ?? 0) / PlanarPacking.BlockInputs;

    /// <summary>Bytes of the zero points of a group: 64 rows.</summary>
    public int ZeroBytes => PlanarPacking.TileRows * Bits / 8;

    /// <summary>The fields of a block's code: for each plane its vector and the position of the field in a byte.</summary>
    /// <param name="subVector">0 to 7: inputs 4s to 4s + 3.</param>
    public IEnumerable<PlaneField> Fields(int subVector)
    {
        int firstVector = 0;
        foreach (CodePlane plane in Planes)
        {
            int vector = firstVector + (subVector / plane.FieldsPerByte);
            yield return new PlaneField(plane, vector, subVector % plane.FieldsPerByte * plane.Bits);
            firstVector += plane.Bits;
        }
    }
}

/// <summary>Where one plane keeps the code of a sub-vector.</summary>
/// <param name="Plane">The plane.</param>
/// <param name="Vector">The vector of the quarter, from 0.</param>
/// <param name="Position">The lowest bit of the field in its byte.</param>
internal sealed record PlaneField(CodePlane Plane, int Vector, int Position)
{
    /// <summary>The field's mask once it is shifted to its place in the code.</summary>
    public int Mask => Plane.Mask << Plane.Shift;

    /// <summary>How far right the byte is shifted to bring the field to its place in the code; negative is left.</summary>
    public int RightShift => Position - Plane.Shift;
}
