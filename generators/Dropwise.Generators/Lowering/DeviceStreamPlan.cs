using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>One stream in device memory: units of 16 rows and some inputs, row tiles outermost.</summary>
/// <param name="Name">The name of the stream, the same as of the CPU layout's stream.</param>
/// <param name="Level">The lowest level that reads it, from 1.</param>
/// <param name="SourceStream">The index of the stream of the CPU layout that it is made from.</param>
/// <param name="Form">What a unit is.</param>
internal sealed record DeviceStreamPlan(string Name, int Level, int SourceStream, DeviceForm Form)
{
    /// <summary>Output rows of a job, what one warp multiplies at a time: the rows of a tensor core's left operand.</summary>
    public const int JobRows = 16;

    /// <summary>Inputs of a job: also those that share a scale of split activations.</summary>
    public const int JobInputs = 512;

    /// <summary>The kernel that makes the stream from the CPU layout.</summary>
    /// <param name="format">The format's name.</param>
    public string RepackKernel(string format) => $"repack_{format}_{Name.Replace('.', '_')}";
}

/// <summary>What a unit of a device stream holds and in which order.</summary>
internal abstract record DeviceForm
{
    /// <summary>Inputs of a unit; 0 where a unit is 16 rows whatever the inputs.</summary>
    public abstract int UnitInputs { get; }

    /// <summary>Bytes of a unit; 0 where the matrix's values decide about the length.</summary>
    public abstract int UnitBytes { get; }

    /// <summary>Whether a kernel makes it from the CPU layout; otherwise the loader does.</summary>
    public virtual bool IsRepacked => true;

    /// <summary>The type of a scale in device memory: float16 and exponents stay; bfloat16, whose range float16 has not, becomes float32.</summary>
    /// <param name="stored">The type in the CPU layout.</param>
    protected static ScalarType DeviceType(ScalarType stored) => stored is ScalarType.Float16 or ScalarType.Exponent8 ? stored : ScalarType.Float32;
}

/// <summary>
/// Codes of weights as a job of bit planes: [planes][chunks][32 lanes][16 bytes]. Lane 4g + q holds, for each of 16 steps of 32 inputs, rows g and g + 8
/// at the inputs 8q to 8q + 7 of the step: 64 registers of four inputs, in the order step, row half, four inputs. A plane of p bits keeps input j
/// of a register in byte j, and 8 / p registers in the fields of a word, so that a shift and a mask give an operand of <c>mma</c>.
/// </summary>
/// <param name="Planes">The bit planes, lowest bits first.</param>
/// <param name="Bits">Bits of a code.</param>
internal sealed record PlaneCodes(EquatableArray<CodePlane> Planes, int Bits) : DeviceForm
{
    /// <inheritdoc/>
    public override int UnitInputs => DeviceStreamPlan.JobInputs;

    /// <inheritdoc/>
    public override int UnitBytes => DeviceStreamPlan.JobRows * DeviceStreamPlan.JobInputs * Bits / 8;
}

/// <summary>
/// Codes of codewords as a job: [chunks][32 lanes][words of a chunk]. A lane's codes are in the order step, row half and, for codewords of four
/// weights, four inputs; a codeword of 16 weights spans the inputs of two lanes, of which the even one keeps the codes of even steps.
/// </summary>
/// <param name="CodeBits">Bits of a code as it is stored: 4, 8 or 16.</param>
/// <param name="Dimension">Weights of a codeword: 4, 8 or 16.</param>
internal sealed record CodewordCodes(int CodeBits, int Dimension) : DeviceForm
{
    /// <summary>32-bit words of a lane and job.</summary>
    public int LaneWords => UnitBytes / 32 / sizeof(uint);

    /// <summary>Words that a lane reads at a time: 16 bytes, or all that there are.</summary>
    public int ChunkWords => LaneWords < 4 ? LaneWords : 4;

    /// <inheritdoc/>
    public override int UnitInputs => DeviceStreamPlan.JobInputs;

    /// <inheritdoc/>
    public override int UnitBytes => DeviceStreamPlan.JobRows * DeviceStreamPlan.JobInputs / Dimension * CodeBits / 8;
}

/// <summary>Scales or offsets of groups: [group][8 g][rows g and g + 8].</summary>
/// <param name="Stored">The type in the CPU layout.</param>
/// <param name="GroupSize">Inputs of a group.</param>
internal sealed record GroupScalars(ScalarType Stored, int GroupSize) : DeviceForm
{
    /// <summary>The type in device memory.</summary>
    public ScalarType Type => DeviceType(Stored);

    /// <inheritdoc/>
    public override int UnitInputs => GroupSize;

    /// <inheritdoc/>
    public override int UnitBytes => DeviceStreamPlan.JobRows * DeclaredSize.BitsOf(Type) / 8;
}

/// <summary>Integer zero points of groups, one byte each: [group][8 g][rows g and g + 8].</summary>
/// <param name="Planes">The bit planes of the CPU layout.</param>
/// <param name="GroupSize">Inputs of a group.</param>
internal sealed record GroupZeros(EquatableArray<CodePlane> Planes, int GroupSize) : DeviceForm
{
    /// <inheritdoc/>
    public override int UnitInputs => GroupSize;

    /// <inheritdoc/>
    public override int UnitBytes => DeviceStreamPlan.JobRows;
}

/// <summary>Scales of rows: [8 g][rows g and g + 8].</summary>
/// <param name="Stored">The type in the CPU layout.</param>
internal sealed record RowScalars(ScalarType Stored) : DeviceForm
{
    /// <summary>The type in device memory.</summary>
    public ScalarType Type => DeviceType(Stored);

    /// <inheritdoc/>
    public override int UnitInputs => 0;

    /// <inheritdoc/>
    public override int UnitBytes => DeviceStreamPlan.JobRows * DeclaredSize.BitsOf(Type) / 8;
}
