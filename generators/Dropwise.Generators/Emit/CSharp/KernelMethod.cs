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
        writer.Line($"/// <remarks>Weights: {string.Join(", ", kernel.Semantics.Select(static step => step.Summary))}.{Prologue(kernel)}</remarks>");
        if (scratch) writer.Line("[SkipLocalsInit]");
        return writer.Block($"internal static unsafe void {kernel.Name}(TileArguments* tile)");
    }

    private static string Prologue(KernelDefinition kernel) => kernel.Prologue.Count == 0
        ? ""
        : $" Activations: {string.Join(", ", kernel.Prologue.Select(static stage => stage.Summary))}.";
}
