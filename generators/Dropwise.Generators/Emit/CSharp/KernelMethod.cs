using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Opens the method of a kernel: documentation from the plan's semantics, and the signature that all kernels share.</summary>
internal static class KernelMethod
{
    /// <summary>Writes the documentation and the header; disposing the result closes the method.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="summary">What the schedule does, a sentence.</param>
    /// <param name="scratch">Whether it has scratch memory on the stack that need not be cleared first.</param>
    public static SourceWriter.Scope Open(SourceWriter writer, KernelDefinition kernel, string summary, bool scratch = false)
    {
        writer.Line($"/// <summary>{summary}</summary>");
        writer.Line($"/// <remarks>Weights: {string.Join(", ", kernel.Semantics.Select(Describe))}.{Prologue(kernel)}</remarks>");
        if (scratch) writer.Line("[SkipLocalsInit]");
        return writer.Block($"internal static unsafe void {kernel.Name}(TileArguments* tile)");
    }

    private static string Prologue(KernelDefinition kernel) => kernel.Prologue.Count == 0
        ? ""
        : $" Activations: {string.Join(", ", kernel.Prologue.Select(Describe))}.";

    private static string Describe(SemanticStep step) => step switch
    {
        LoadCodes load => $"load {load.Bits}-bit codes",
        Unpack unpack => $"unpack planes of {string.Join(" + ", unpack.Planes.Select(static p => p.Bits))} bits",
        Lookup lookup => $"look up {lookup.Values.Count} values",
        AddCodebook add => $"add codeword of codebook {add.Codebook + 1}",
        SubtractConstant subtract => $"subtract {subtract.Zero}",
        SubtractGroupZero => "subtract the group's zero",
        AddGroupOffset => "add the group's offset",
        ApplyScale { GroupSize: 0 } => "multiply by the row's scale",
        ApplyScale scale => $"multiply by the scale of {scale.GroupSize} inputs",
        _ => step.ToString(),
    };

    private static string Describe(PrologueStage stage) => stage switch
    {
        RotateInputs => "rotated",
        QuantizeInputs quantize => $"{quantize.Bits}-bit integers in ±{quantize.Largest} with a scale every {quantize.Block}",
        BuildProductTables tables => $"product tables of {tables.Codebooks} codebooks",
        _ => stage.ToString(),
    };
}
