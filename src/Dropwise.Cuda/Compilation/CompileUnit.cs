using System.Collections.Immutable;

namespace Dropwise.Cuda;

/// <summary>One source to compile: self-contained, it includes nothing.</summary>
/// <param name="Name">What the source is called in messages; a name such as <c>int4g128_l1</c>.</param>
/// <param name="Source">CUDA C++.</param>
/// <param name="Architecture">What to compile for: <c>sm_80</c>, <c>sm_90a</c>.</param>
public sealed record CompileUnit(string Name, string Source, string Architecture)
{
    /// <summary>Macros, <c>NAME=value</c>.</summary>
    public ImmutableArray<string> Defines { get; init; } = [];

    /// <summary>The options that the compiler is given.</summary>
    /// <remarks>
    /// <c>-v</c> makes the assembler report registers and spills, which the log is kept for. Sums of products may be contracted to fused
    /// multiply-adds (the default), but denormals are kept: adversarial scales are denormal.
    /// </remarks>
    public ImmutableArray<string> Options =>
        [$"--gpu-architecture={Architecture}", "--std=c++17", "--device-as-default-execution-space", "--ptxas-options=-v", .. Defines.Select(static define => $"--define-macro={define}")];
}
