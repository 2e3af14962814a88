using System;
using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes a plan as C#: a layout file (<c>Streams</c>, <c>Pack</c>, <c>Unpack</c>) and a file of kernels for each engine.</summary>
internal static class CSharpEmitter
{
    private static readonly EquatableArray<string> LayoutUsings = new(["System.Collections.Immutable"]);

    private static readonly EquatableArray<string> KernelUsings = new(
        ["System.Runtime.CompilerServices", "System.Runtime.Intrinsics", "System.Runtime.Intrinsics.X86"]);

    /// <summary>Writes all files of a plan but the registry row.</summary>
    /// <param name="plan">The plan.</param>
    public static EquatableArray<GeneratedFile> Emit(KernelPlan plan) => new(Files(plan));

    private static IEnumerable<GeneratedFile> Files(KernelPlan plan)
    {
        yield return File(plan, GeneratedFile.LayoutEngine, LayoutUsings, writer => LayoutEmitter.Emit(writer, plan));
        foreach (IGrouping<KernelIsa, KernelDefinition> engine in plan.Kernels.GroupBy(static kernel => kernel.Isa))
        {
            yield return File(plan, Spelling.Of(engine.Key), KernelUsings, writer =>
            {
                bool first = true;
                foreach (KernelDefinition kernel in engine)
                {
                    if (!first) writer.Line();
                    first = false;
                    StrategyEmitters.Emit(writer, kernel);
                }
            });
        }
    }

    private static GeneratedFile File(KernelPlan plan, string engine, EquatableArray<string> usings, Action<SourceWriter> members)
    {
        var writer = new SourceWriter();
        using (FormatType.Open(writer, plan.Format, usings)) members(writer);
        return new GeneratedFile($"{plan.Format.Name}.{engine}.g.cs", writer.ToString(), engine);
    }
}
