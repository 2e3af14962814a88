using Dropwise.Generators.Emit.CSharp;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.Registry;

/// <summary>Writes a format's row of the registry: the declaration as data, the layout, the kernels and their source.</summary>
internal static class RegistryRow
{
    /// <summary>Writes the file that makes the annotated type an <c>IQuantFormat</c>.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="files">What was emitted for the plan: the text that <c>FormatRow.Source</c> returns.</param>
    public static GeneratedFile Emit(KernelPlan plan, EquatableArray<GeneratedFile> files)
    {
        var writer = new SourceWriter();
        using (FormatType.Open(writer, plan.Format, remarks: FormatDocumentation.Of(plan), interfaces: "IQuantFormat"))
        {
            writer.Line("/// <inheritdoc/>");
            using (writer.Block("public static unsafe FormatRow Row { get; } = new()", "};"))
            {
                DescriptorLiteral.Write(writer, "Descriptor = ", plan.Format);
                writer.Line($"TileRows = {Literals.Of(plan.Layout.TileRows)},");
                writer.Line("Streams = Streams,");
                writer.Line("Pack = Pack,");
                writer.Line("Unpack = Unpack,");
                writer.Line("Kernels =");
                writer.Line("[");
                foreach (KernelDefinition kernel in plan.Kernels) writer.Line("    " + Entry(kernel));
                writer.Line("],");
                CudaProgramLiteral.Write(writer, plan);
                writer.Line("Source = SourceOf,");
            }

            writer.Line();
            SizeAssertion.Write(writer, plan);
            writer.Line();
            SourceMethod.Write(writer, files);
        }

        return new GeneratedFile($"{plan.Format.Name}.row.g.cs", writer.ToString(), GeneratedFile.RegistryEngine);
    }

    private static string Entry(KernelDefinition kernel) =>
        $"new() {{ Name = {Literals.Of(kernel.Name)}, Op = {Literals.Of(kernel.Op)}, Level = {Literals.Of(kernel.Level)}, "
        + $"Isa = CpuIsa.{kernel.Isa}, Activation = {Literals.Of(kernel.Activation)}, Function = &{kernel.Name} }},";
}
