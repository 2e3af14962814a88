using System;
using System.Linq;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>Lowers additive codebooks to their layout in device memory and their CUDA kernels.</summary>
internal static class AdditiveCudaLowering
{
    /// <summary>Decides layout and kernels.</summary>
    /// <param name="format">An additive format.</param>
    /// <param name="layout">Its layout for CPUs.</param>
    /// <param name="semantics">From stored bytes to the weight, for each level.</param>
    public static CudaPlan Lower(FormatSpec format, LayoutPlan layout, Func<int, EquatableArray<SemanticStep>> semantics) => new()
    {
        Streams = new EquatableArray<DeviceStreamPlan>(layout.Streams.Select((stream, index) =>
            new DeviceStreamPlan(stream.Name, stream.Level, index, Form(format, stream)))),
        Kernels = new EquatableArray<KernelDefinition>(
            Enumerable.Range(1, format.Levels).SelectMany(level => CudaKernels.Of(format, level, semantics(level), Few(format, level)))),
        SumRun = 0,
    };

    /// <summary>
    /// The products of few tokens. A lane keeps the codes of a unit beside one or two words of activations a step and column tile; limits are what compiles
    /// without a spill. One or two tokens have a kernel of their own where codewords are bytes: it saves a fifth of the time.
    /// </summary>
    private static (int Tokens, CudaGemv Schedule)[] Few(FormatSpec format, int level)
    {
        // Gathered codewords wait in registers, all of a unit's at a time.
        if (format.HasWideCodes) return [(4, new CudaGemv(1, 8, 384)), (8, new CudaGemv(2, 8, 256)), (16, new CudaGemv(4, 8, 256))];
        int codebooks = format.Nested ? level : format.CodebookCount;
        int words = codebooks * new CodewordCodes(format.CodeBits, format.Dimension).LaneWords;
        int steps = words <= 16 ? 16 : 8;
        bool isInteger = format.Codeword == ScalarType.Int8;
        (int, CudaGemv)[] several =
        [
            (4, new CudaGemv(1, steps, words <= 32 ? 512 : 384)),
            (8, new CudaGemv(2, 8, words <= (isInteger ? 16 : 8) ? 512 : words <= 24 ? 384 : 256)),
            (16, new CudaGemv(4, 8, words <= 16 && isInteger ? 384 : 256)),
        ];
        return isInteger ? [(2, new CudaGemv(1, steps, 512, CodewordHalves: true)), .. several] : several;
    }

    private static DeviceForm Form(FormatSpec format, StreamPlan stream) => stream.Name == "row_scales"
        ? new RowScalars(stream.Type)
        : new CodewordCodes(format.StoredCodeBits, format.Dimension);
}
