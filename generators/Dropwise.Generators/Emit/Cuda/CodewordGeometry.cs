using System;
using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>How much of a job a lane loads at a time, beside what a kernel's semantics say; all renderers of an additive decoder ask here.</summary>
/// <param name="plan">The plan, whose streams the decoder reads.</param>
/// <param name="kernel">An additive kernel of it.</param>
internal sealed class CodewordGeometry(KernelPlan plan, KernelDefinition kernel) : AdditiveSemantics(kernel.Semantics)
{
    private const int StepInputs = 32;
    private const int JobSteps = DeviceStreamPlan.JobInputs / StepInputs;

    // The widest load of a lane.
    private const int MaxPartWords = 4;

    // Steps beyond these would only unroll drivers further.
    private const int MaxPartSteps = 8;

    private readonly CodewordCodes _form = (CodewordCodes)plan.Cuda.Streams.First(static stream => stream.Form is CodewordCodes).Form;

    /// <summary>Steps that one load of a codebook's codes covers.</summary>
    public int PartSteps => Math.Min(MaxPartSteps, JobSteps * MaxPartWords / Math.Max(_form.LaneWords, MaxPartWords));

    /// <summary>Words of a codebook that a lane loads for a part.</summary>
    public int PartWords => _form.LaneWords * PartSteps / JobSteps;

    /// <summary>Parts of a job.</summary>
    public int JobParts => JobSteps / PartSteps;

    /// <summary>The codewords of the level, as arguments of the device templates that hold them: element, codebooks of the format and of the level, codewords, d.</summary>
    public string TableArguments => $"{StoredCodeword.Of(Codeword)}, {plan.Format.CodebookCount}, {Codebooks}, {Codewords}, {Dimension}";

    /// <summary>Bytes of a job's codes.</summary>
    public int JobBytes => _form.UnitBytes;

    /// <summary>Words of a lane in a job.</summary>
    public int LaneWords => _form.LaneWords;

    /// <summary>Words of a lane in a chunk.</summary>
    public int ChunkWords => _form.ChunkWords;

    /// <summary>Bits that a code takes.</summary>
    public int StoredBits => _form.CodeBits;

    /// <summary>Codes of a word.</summary>
    public int WordCodes => 32 / StoredBits;

    /// <summary>Whether codebooks are too large for shared memory, so that codewords are gathered.</summary>
    public bool Gathers => plan.Format.HasWideCodes;

    /// <summary>Inputs that a table entry holds: what a lane owns of a codeword.</summary>
    public int EntryInputs => Math.Min(Dimension, 8);

    /// <summary>The streams of the level's codebooks among the operands of a kernel, in order.</summary>
    public IEnumerable<int> Streams => Enumerable.Range(1, Codebooks).Select(codebook => StreamOf($"codes.{codebook}"));

    /// <summary>The index of a stream among the operands of a kernel.</summary>
    /// <param name="name">The stream's name.</param>
    public int StreamOf(string name) => plan.Cuda.Streams.Select(static (stream, index) => (stream, index)).First(s => s.stream.Name == name).index;
}
