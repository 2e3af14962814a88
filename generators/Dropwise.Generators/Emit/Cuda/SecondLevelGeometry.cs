using System.Linq;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>What a kernel's semantics say about codes with a second level in device memory.</summary>
internal sealed class SecondLevelGeometry
{
    /// <summary>Reads the semantics of a kernel.</summary>
    /// <param name="kernel">A kernel of codes with a second level.</param>
    public SecondLevelGeometry(KernelDefinition kernel)
    {
        Bits = kernel.Semantics.OfType<LoadCodes>().Single().Bits;
        StatisticBits = kernel.Semantics.OfType<ApplyStatistics>().Single().Bits;
        HasOutliers = kernel.Semantics.OfType<ReplaceOutliers>().Any();
    }

    /// <summary>Bits of a code, and chunks of a lane and unit.</summary>
    public int Bits { get; }

    /// <summary>Bits of a quantized scale or zero, and words of a row pair.</summary>
    public int StatisticBits { get; }

    /// <summary>Whether weights may be replaced.</summary>
    public bool HasOutliers { get; }

    /// <summary>Register <c>i</c> of a step as an expression of <c>words</c>, <c>step</c> and <c>i</c>: codes times 2^shift.</summary>
    public string Register => Bits switch
    {
        4 => "words[step / 2 * 4 + i] & (step % 2 == 0 ? 0x0f0f0f0fu : 0xf0f0f0f0u)",
        3 => "step == 6 ? (words[i] >> 2 & 0x30303030u) | (words[8 + i] & 0x40404040u)\n"
            + "                : step == 7 ? (words[4 + i] >> 1 & 0x60606060u) | (words[8 + i] & 0x80808080u)\n"
            + "                : words[step / 2 * 4 + i] & (step % 2 == 0 ? 0x07070707u : 0x38383838u)",
        _ => "words[step / 4 * 4 + i] & 0x03030303u << step % 4 * 2",
    };

    /// <summary>The power of two that a step's codes are multiplied by, as an expression of <c>step</c>.</summary>
    public string Shift => Bits switch
    {
        4 => "step % 2 * 4",
        3 => "step == 6 ? 4 : step == 7 ? 5 : step % 2 * 3",
        _ => "step % 4 * 2",
    };
}
