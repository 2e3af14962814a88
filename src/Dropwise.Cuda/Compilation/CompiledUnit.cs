using System.Collections.Immutable;

namespace Dropwise.Cuda;

/// <summary>What became of a <see cref="CompileUnit"/>.</summary>
/// <param name="Name">The unit's name.</param>
/// <param name="Cubin">Machine code.</param>
/// <param name="Log">What the compiler and the assembler said, with the registers of each kernel.</param>
public sealed record CompiledUnit(string Name, byte[] Cubin, string Log)
{
    /// <summary>What each kernel uses, as the log tells.</summary>
    public ImmutableArray<KernelResources> Resources => KernelResources.Parse(Log);

    /// <summary>Loads the code.</summary>
    /// <param name="context">A context on a device of the architecture.</param>
    public CudaModule Load(CudaContext context) => new(context, Name, Cubin);
}
