namespace Dropwise.Formats;

/// <summary>Four-bit integers, asymmetric: 32 inputs share a float16 scale and an integer zero (4.625 bits a weight).</summary>
[QuantFormat("int4g32")]
[UniformCode(Bits = 4)]
[Group(32, Zero = ZeroPoint.Original)]
public readonly partial struct Int4g32;
