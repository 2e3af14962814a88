using System.Runtime.Intrinsics;

namespace Dropwise.Quantization.Rounding;

/// <summary>The numbers that a code may stand for, before scale and offset.</summary>
internal interface ICodeValues
{
    /// <summary>The nearest code value of each lane.</summary>
    /// <param name="x">Weights divided by the scale.</param>
    Vector512<float> Nearest(Vector512<float> x);

    /// <summary>The index of the nearest code value, as canonical codes store it.</summary>
    /// <param name="x">A weight divided by the scale.</param>
    ushort Code(float x);
}
