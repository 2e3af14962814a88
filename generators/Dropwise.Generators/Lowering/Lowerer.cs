using System;
using System.Collections.Generic;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>FormatSpec → KernelPlan: each kind of code has one lowering, and this is the table of them.</summary>
internal static class Lowerer
{
    private static readonly IReadOnlyDictionary<CodeKind, Func<FormatSpec, KernelPlan>> ByKind = new Dictionary<CodeKind, Func<FormatSpec, KernelPlan>>
    {
        [CodeKind.Uniform] = static format => format.SecondLevel is null ? PlanarLowering.Lower(format) : SecondLevelLowering.Lower(format),
        [CodeKind.Lookup] = PlanarLowering.Lower,
        [CodeKind.Additive] = static format => format.HasWideCodes ? WideCodeLowering.Lower(format) : AdditiveLowering.Lower(format),
    };

    /// <summary>Decides layout and kernels of a format that the analyzers accept.</summary>
    /// <param name="format">The declaration.</param>
    public static KernelPlan Lower(FormatSpec format) => format.Block is null ? ByKind[format.Kind](format) : BlockLowering.Lower(format);
}
