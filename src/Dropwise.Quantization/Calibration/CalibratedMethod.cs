using System.Collections.Immutable;
using Dropwise.Quantization.Additive.Feedback;
using Dropwise.Quantization.Additive.Refinement;
using Dropwise.Quantization.Feedback;
using Dropwise.Quantization.Models;

namespace Dropwise.Quantization.Calibration;

/// <summary>A way to quantize with calibration text.</summary>
/// <param name="Name">What <c>--method</c> calls it.</param>
/// <param name="Fits">Which formats it is for.</param>
/// <param name="Create">Makes a quantizer of a format: options of all methods, and the codebooks of all matrices or null.</param>
public sealed record CalibratedMethod(
    string Name, Func<FormatDescriptor, bool> Fits, Func<FormatDescriptor, ModelQuantizationOptions, CodebookSet?, ICalibratedQuantizer> Create)
{
    /// <summary>All methods.</summary>
    public static ImmutableArray<CalibratedMethod> All { get; } =
    [
        new("ldlq", static format => format is { Kind: CodeKind.Additive, HasWideCodes: false }, static (format, options, shared) => new ErrorFeedbackQuantizer(format, options.Additive, shared)),
        new("aqlm", static format => format is { Kind: CodeKind.Additive, HasWideCodes: false, Nested: false }, static (format, options, shared) => new AlternatingQuantizer(format, options.Additive, shared)),
        new("dbd", static format => format is { Kind: CodeKind.Additive, HasWideCodes: false, Nested: true }, static (format, options, shared) => new AlternatingQuantizer(format, options.Additive, shared)),
        new("gptq", GptqQuantizer.Fits, static (format, options, _) => new GptqQuantizer(format, options.Gptq)),
        new("spqr", SpqrQuantizer.Fits, static (format, options, _) => new SpqrQuantizer(format, options.Spqr)),
    ];

    /// <summary>The method of a name, or null.</summary>
    /// <param name="name">The name.</param>
    public static CalibratedMethod? Find(string name) => All.FirstOrDefault(method => method.Name == name);

    /// <summary>The method that a format gets where none is asked for, or null.</summary>
    /// <param name="format">The format.</param>
    public static CalibratedMethod? DefaultOf(FormatDescriptor format) => All.FirstOrDefault(method => method.Fits(format));
}
