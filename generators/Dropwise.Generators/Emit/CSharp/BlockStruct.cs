using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>
/// The nested type that hand-written drivers are instantiated with: what an instruction set does with one block. A kernel is one call of a driver.
/// </summary>
internal static class BlockStruct
{
    /// <summary>The type's name for an instruction set.</summary>
    /// <param name="isa">The instruction set.</param>
    public static string NameOf(KernelIsa isa) => isa + "Block";

    /// <summary>Writes a kernel that is one call of a driver.</summary>
    /// <param name="writer">Receives the method.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="summary">What the driver does, a sentence.</param>
    /// <param name="call">The driver with its type arguments.</param>
    public static void Kernel(SourceWriter writer, KernelDefinition kernel, string summary, string call)
    {
        using (KernelMethod.Open(writer, kernel, summary)) writer.Line($"{call}(tile);");
        writer.Line();
    }

    /// <summary>Opens the part of the type that decodes; disposing the result closes it.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="packing">The block.</param>
    public static SourceWriter.Scope Decoder(SourceWriter writer, KernelDefinition kernel, BlockPacking packing)
    {
        SourceWriter.Scope scope = writer.Block($"private readonly partial struct {NameOf(kernel.Isa)} : IBlockDecoder");
        writer.Line($"public static int Inputs => {Literals.Of(packing.Block.Inputs)};");
        writer.Line();
        writer.Line($"public static int Bytes => {Literals.Of(packing.Block.Bytes)};");
        writer.Line();
        return scope;
    }

    /// <summary>Opens the part of the type that multiplies; disposing the result closes it.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="contract">The interface that the driver asks for.</param>
    public static SourceWriter.Scope Products(SourceWriter writer, KernelDefinition kernel, string contract) =>
        writer.Block($"private readonly partial struct {NameOf(kernel.Isa)} : {contract}");
}
