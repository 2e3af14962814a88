using System;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>How much of a job a lane loads at a time, beside what a kernel's semantics say; all renderers of a planar decoder ask here.</summary>
/// <param name="plan">The plan, whose streams the decoder reads.</param>
/// <param name="kernel">A planar kernel of it.</param>
internal sealed class PlanarGeometry(KernelPlan plan, KernelDefinition kernel) : PlanarSemantics(kernel.Semantics)
{
    private const int StepInputs = 32;
    private const int JobSteps = DeviceStreamPlan.JobInputs / StepInputs;

    /// <summary>Inputs of a run that shares a scale wherever it begins.</summary>
    public int RunInputs => PlanarCudaLowering.ScaleRun(GroupScale?.GroupSize ?? 0);

    /// <summary>Steps of a run.</summary>
    public int RunSteps => RunInputs / StepInputs;

    /// <summary>
    /// Steps that one load covers: whole 16-byte words of the narrowest plane, and up to four steps of a run, so that its scale is loaded once.
    /// </summary>
    public int PartSteps => BlockScales is not null ? BlockCudaLowering.PartSteps(Planes) : Math.Max(8 / Planes.Min(static plane => plane.Bits), Math.Max(2, Math.Min(4, RunSteps)));

    /// <summary>Runs that a part touches.</summary>
    public int PartRuns => Math.Max(1, PartSteps / RunSteps);

    /// <summary>Steps of a part that share a scale.</summary>
    public int PartRunSteps => PartSteps / PartRuns;

    /// <summary>Whether codes become signed before they are multiplied, instead of a run's sum of the activations after.</summary>
    public bool SubtractsBytes => HasOffset && SumSteps == 0;

    /// <summary>Steps of a sum of the activations that products read; 0 where they need none.</summary>
    public int SumSteps => plan.Cuda.SumRun / StepInputs;

    /// <summary>What a group's scale is multiplied by where codes are looked up in a table of integers: nothing, or a power of two.</summary>
    public string TableFactor => Integers is { Scale: not 1 and var scale } ? $" * {Literals.OfCuda(scale)}" : "";

    /// <summary>The declaration.</summary>
    public FormatSpec Format => plan.Format;

    /// <summary>Parts of a job.</summary>
    public int JobParts => JobSteps / PartSteps;

    /// <summary>Bytes of a job's codes.</summary>
    public int JobBytes => Bits * DeviceStreamPlan.JobRows * DeviceStreamPlan.JobInputs / 8;

    /// <summary>Words of a plane that a lane loads for a part.</summary>
    /// <param name="plane">The plane.</param>
    public int PartWords(CodePlane plane) => PartSteps * 4 / plane.FieldsPerByte;

    /// <summary>Where a plane begins in a job, in bytes.</summary>
    /// <param name="plane">The plane.</param>
    public static int PlaneOffset(CodePlane plane) => plane.Shift * DeviceStreamPlan.JobRows * DeviceStreamPlan.JobInputs / 8;

    /// <summary>The group that a run of a part lies in, as an expression of <c>part</c>, which counts along K.</summary>
    /// <param name="run">The run of the part, an expression.</param>
    public string GroupOf(string run)
    {
        int group = GroupScale!.GroupSize;
        if (PartRuns == 1)
        {
            int inputs = PartSteps * StepInputs;
            return group == inputs ? "part" : group % inputs == 0 ? $"part / {group / inputs}" : $"part * {inputs} / {group}";
        }

        string index = $"(part * {PartRuns} + {run})";
        return group == RunInputs ? index : group % RunInputs == 0 ? $"{index} / {group / RunInputs}" : $"{index} * {RunInputs} / {group}";
    }

    /// <summary>The run of a part that a step lies in, as an expression.</summary>
    /// <param name="step">The step of the part, an expression.</param>
    public string RunOf(string step) => PartRuns == 1 ? "0" : RunSteps == 1 ? step : $"{step} / {RunSteps}";

    /// <summary>What the first stream of a form holds.</summary>
    /// <typeparam name="TForm">The form.</typeparam>
    public TForm FormOf<TForm>()
        where TForm : DeviceForm => plan.Cuda.Streams.Select(static stream => stream.Form).OfType<TForm>().First();

    /// <summary>The index of a stream among the operands of a kernel.</summary>
    /// <param name="name">The stream's name.</param>
    public int StreamOf(string name) => plan.Cuda.Streams.Select(static (stream, index) => (stream, index)).First(s => s.stream.Name == name).index;

    /// <summary>Bytes of a stream's unit.</summary>
    /// <param name="name">The stream's name.</param>
    public int UnitBytes(string name) => plan.Cuda.Streams[StreamOf(name)].Form.UnitBytes;
}
