using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>FormatSpec → KernelPlan.</summary>
internal static class Lowerer
{
    private sealed record NoPacking : Packing;

    /// <summary>Decides layout and kernels of a format that the analyzers accept.</summary>
    /// <param name="format">The declaration.</param>
    public static KernelPlan Lower(FormatSpec format) => new()
    {
        Format = format,
        Layout = new LayoutPlan { TileRows = format.Kind == CodeKind.Additive ? 256 : 64, Streams = default, Packing = new NoPacking() },
        Kernels = default,
    };
}
