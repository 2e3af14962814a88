using Dropwise.Generators.Emit.CSharp;
using Dropwise.Generators.Emit.Cuda;
using Dropwise.Generators.Emit.Registry;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit;

/// <summary>All files of one format.</summary>
internal static class FormatFiles
{
    /// <summary>Writes layout, kernels and registry row, which carries the CUDA text: the C# compiler sees no file of it.</summary>
    /// <param name="plan">The plan.</param>
    public static EquatableArray<GeneratedFile> Emit(KernelPlan plan)
    {
        EquatableArray<GeneratedFile> kernels = CSharpEmitter.Emit(plan);
        var texts = new EquatableArray<GeneratedFile>(kernels.Append(CudaEmitter.Emit(plan)));
        return new EquatableArray<GeneratedFile>(kernels.Append(RegistryRow.Emit(plan, texts)));
    }
}
