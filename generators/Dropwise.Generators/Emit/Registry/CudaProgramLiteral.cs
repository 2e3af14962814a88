using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Registry;

/// <summary>Writes the part of a registry row that describes the format on CUDA devices.</summary>
internal static class CudaProgramLiteral
{
    /// <summary>Writes the property.</summary>
    /// <param name="writer">Receives the lines, inside the row's initializer.</param>
    /// <param name="plan">The plan.</param>
    public static void Write(SourceWriter writer, KernelPlan plan)
    {
        using (writer.Block("Cuda = new CudaProgram", "},"))
        {
            writer.Line("Streams =");
            writer.Line("[");
            foreach (DeviceStreamPlan stream in plan.Cuda.Streams) writer.Line("    " + Stream(plan, stream));
            writer.Line("],");
            writer.Line("Kernels =");
            writer.Line("[");
            foreach (KernelDefinition kernel in plan.Cuda.Kernels) writer.Line("    " + Entry(kernel));
            writer.Line("],");
            writer.Line($"SumRun = {Literals.Of(plan.Cuda.SumRun)},");
        }
    }

    private static string Stream(KernelPlan plan, DeviceStreamPlan stream) =>
        $"new({Literals.Of(stream.Name)}, {Literals.Of(stream.Level)}, {Literals.Of(stream.SourceStream)}, "
        + $"{RepackKernel(plan, stream)}, {Literals.Of(stream.Form.UnitInputs)}, {Literals.Of(stream.Form.UnitBytes)}),";

    private static string RepackKernel(KernelPlan plan, DeviceStreamPlan stream) =>
        stream.Form.IsRepacked ? Literals.Of(stream.RepackKernel(plan.Format.Name)) : "null";

    private static string Entry(KernelDefinition kernel) =>
        $"new() {{ Name = {Literals.Of(kernel.Name)}, Op = {Literals.Of(kernel.Op)}, Level = {Literals.Of(kernel.Level)}, "
        + $"Activation = {Literals.Of(kernel.Activation)}, RowTile = {Literals.Of(kernel.TileRows)}, TokenTile = {Literals.Of(kernel.TileTokens)}, "
        + $"Architecture = {(kernel.Isa == KernelIsa.Sm90a ? 90 : 80)} }},";
}
