using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Byte offsets of the planar layout, and what a kernel's semantics say about it; all renderers of a planar kernel ask here.</summary>
internal sealed class PlanarGeometry
{
    private readonly EquatableArray<SemanticStep> _steps;

    /// <summary>Reads the semantics of a kernel.</summary>
    /// <param name="kernel">A planar kernel.</param>
    public PlanarGeometry(KernelDefinition kernel)
    {
        _steps = kernel.Semantics;
        Planes = _steps.OfType<Unpack>().Single().Planes;
        LoadCodes load = _steps.OfType<LoadCodes>().Single();
        Bits = load.Bits;
        TwosComplement = load.TwosComplement;
    }

    /// <summary>The bit planes of a code.</summary>
    public EquatableArray<CodePlane> Planes { get; }

    /// <summary>Bits of a code, which is also the vectors of a quarter.</summary>
    public int Bits { get; }

    /// <summary>Whether stored codes are signed.</summary>
    public bool TwosComplement { get; }

    /// <summary>Bytes of a quarter: 16 rows × 32 inputs.</summary>
    public int QuarterBytes => Bits * PlanarPacking.VectorBytes;

    /// <summary>Bytes of a block: 64 rows × 32 inputs.</summary>
    public int BlockBytes => PlanarPacking.Quarters * QuarterBytes;

    /// <summary>The group's scale, or null.</summary>
    public ApplyScale? GroupScale => _steps.OfType<ApplyScale>().FirstOrDefault(static s => s.GroupSize != 0);

    /// <summary>The row's scale, or null.</summary>
    public ApplyScale? RowScale => _steps.OfType<ApplyScale>().FirstOrDefault(static s => s.GroupSize == 0);

    /// <summary>The group's integer zero point, or null.</summary>
    public SubtractGroupZero? GroupZero => _steps.OfType<SubtractGroupZero>().FirstOrDefault();

    /// <summary>The group's offset, or null.</summary>
    public AddGroupOffset? GroupOffset => _steps.OfType<AddGroupOffset>().FirstOrDefault();

    /// <summary>The integer subtracted from every code; 0 where there is none.</summary>
    public int ConstantZero => _steps.OfType<SubtractConstant>().FirstOrDefault()?.Zero ?? 0;

    /// <summary>The table of a lookup code, or null.</summary>
    public Lookup? Table => _steps.OfType<Lookup>().FirstOrDefault();

    /// <summary>Whether the value of a code is shifted, so that products need the sum of the activations.</summary>
    public bool HasOffset => GroupZero is not null || GroupOffset is not null || ConstantZero != 0;

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
