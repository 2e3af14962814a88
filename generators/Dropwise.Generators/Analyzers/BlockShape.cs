using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>A block is whole runs of 32 inputs, its groups whole half runs, and statistics of a second level are the block's own.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class BlockShape() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0030",
        "Block has a shape that kernels do not read",
        "a block's inputs and groups do not fit kernels: {0}",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    // A second level has a lane for each of 16 half runs; windows of 16 bytes must lie inside the block.
    private const int LargestInputs = 256;
    private const int LeastBytes = 16;

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (declaration.Block is not { } block || block.Integer("Inputs") is not { } inputs || block.Integer("Bytes") is not { } bytes) yield break;
        bool twoLevels = declaration.SecondLevel is not null;
        if (inputs <= 0 || inputs % 32 != 0 || inputs > LargestInputs)
            yield return Violation.In(block, "Inputs", "use a multiple of 32 inputs up to 256");
        else if (twoLevels && inputs != LargestInputs)
            yield return Violation.In(block, "Inputs", "use 256 inputs beside SecondLevel");
        else if (bytes < LeastBytes)
            yield return Violation.In(block, "Bytes", "a block of fewer than 16 bytes is not read");
        else if (declaration.Group?.Integer("Size") is not { } size)
            yield return Violation.At(block, "add Group with the inputs that share a scale");
        else if (twoLevels ? size is not (16 or 32 or 64 or 128) : size != inputs)
            yield return Violation.In(declaration.Group, "Size", twoLevels ? "use a Group of 16, 32, 64 or 128" : "use a Group as large as the block, or add SecondLevel");
        else if (!twoLevels && block.Flag("SignedScales"))
            yield return Violation.In(block, "SignedScales", "remove SignedScales, which belongs to SecondLevel");
        else if (SecondLevel(declaration) is { } violation)
            yield return violation;
    }

    private static Violation? SecondLevel(FormatDeclaration declaration)
    {
        ZeroPoint zero = declaration.Group!.Choice<ZeroPoint>("Zero") ?? ZeroPoint.None;
        if (zero is not (ZeroPoint.None or ZeroPoint.Rescale)) return Violation.In(declaration.Group, "Zero", "use ZeroPoint.None or ZeroPoint.Rescale");
        if (declaration.SecondLevel is not { } level) return null;
        if (level.Integer("GroupRows") is not 1) return Violation.In(level, "GroupRows", "use a GroupRows of 1");
        if (level.Integer("ScaleBits") is < 1 or > 8) return Violation.In(level, "ScaleBits", "use 1 to 8 ScaleBits");
        if (level.Integer("ZeroBits") is { } bits && (zero == ZeroPoint.None ? bits != 0 : bits is < 1 or > 8))
            return Violation.In(level, "ZeroBits", "use 1 to 8 ZeroBits with ZeroPoint.Rescale, otherwise 0");
        return level.Choice<ScalarType>("Stat") is { } stat and not (ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32)
            ? Violation.In(level, "Stat", $"use ScalarType.Float16, BFloat16 or Float32 instead of {stat}")
            : null;
    }
}
