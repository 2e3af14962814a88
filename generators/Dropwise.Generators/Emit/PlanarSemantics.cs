using System.Linq;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit;

/// <summary>What the steps of a planar kernel say, for the renderers of every language.</summary>
internal class PlanarSemantics
{
    private readonly EquatableArray<SemanticStep> _steps;

    /// <summary>Reads the steps of a kernel.</summary>
    /// <param name="steps">From stored bytes to the weight.</param>
    public PlanarSemantics(EquatableArray<SemanticStep> steps)
    {
        _steps = steps;
        Planes = steps.OfType<Unpack>().Single().Planes;
        LoadCodes load = steps.OfType<LoadCodes>().Single();
        Bits = load.Bits;
        TwosComplement = load.TwosComplement || Integers is not null;
    }

    /// <summary>The bit planes of a code.</summary>
    public EquatableArray<CodePlane> Planes { get; }

    /// <summary>Bits of a code.</summary>
    public int Bits { get; }

    /// <summary>Whether what is multiplied is a signed byte: a stored code, or what is looked up for it.</summary>
    public bool TwosComplement { get; }

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

    /// <summary>The table of a lookup code whose values are small integers, or null.</summary>
    public LookupIntegers? Integers => _steps.OfType<LookupIntegers>().FirstOrDefault();

    /// <summary>The quantized scales of a block's groups, or null.</summary>
    public ApplyBlockSteps? BlockScales => _steps.OfType<ApplyBlockSteps>().FirstOrDefault();

    /// <summary>Whether the value of a code is shifted, so that products need the sum of the activations.</summary>
    public bool HasOffset => GroupZero is not null || GroupOffset is not null || ConstantZero != 0;
}
