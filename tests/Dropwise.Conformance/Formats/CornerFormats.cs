namespace Dropwise.Conformance.Tests.Formats;

// Corners of the language that no shipped format is in: every width of a code, every kind and type of zero and scale, with and
// without groups. They are declared as a user would declare them.

[QuantFormat("test_int2sym")]
[UniformCode(Bits = 2, Signed = true)]
[Group(96)]
public readonly partial struct SignedTwo;

[QuantFormat("test_int3row")]
[UniformCode(Bits = 3, Signed = true)]
[OutputScale(ScalarType.Float16)]
public readonly partial struct RowScaledThree;

[QuantFormat("test_int4rescale")]
[UniformCode(Bits = 4)]
[Group(64, Scale = ScalarType.BFloat16, Zero = ZeroPoint.Rescale)]
[OutputScale(ScalarType.Float16)]
public readonly partial struct RescaledFour;

[QuantFormat("test_int4rotated")]
[UniformCode(Bits = 4)]
[Group(32, Zero = ZeroPoint.Original)]
[InputRotation(Rotation.BlockHadamard)]
public readonly partial struct RotatedFour;

[QuantFormat("test_int5")]
[UniformCode(Bits = 5)]
[Group(32, Scale = ScalarType.Float32, Zero = ZeroPoint.Original)]
public readonly partial struct Five;

[QuantFormat("test_int6sym")]
[UniformCode(Bits = 6, Signed = true)]
[Group(64)]
public readonly partial struct SignedSix;

[QuantFormat("test_int7")]
[UniformCode(Bits = 7)]
[Group(128, Zero = ZeroPoint.Original)]
public readonly partial struct Seven;

[QuantFormat("test_int7rescale")]
[UniformCode(Bits = 7)]
[Group(32, Zero = ZeroPoint.Rescale)]
public readonly partial struct RescaledSeven;

[QuantFormat("test_int8")]
[UniformCode(Bits = 8)]
[Group(64, Zero = ZeroPoint.Original)]
public readonly partial struct Eight;

[QuantFormat("test_int8row")]
[UniformCode(Bits = 8, Signed = true)]
[OutputScale(ScalarType.Float32)]
public readonly partial struct RowScaledEight;

[QuantFormat("test_lut2")]
[LookupCode(-1.5f, -0.4f, 0.4f, 1.5f, Bits = 2)]
[Group(32, Scale = ScalarType.Float32)]
public readonly partial struct LookupTwo;

[QuantFormat("test_lut3")]
[LookupCode(-2.1f, -1.3f, -0.7f, -0.2f, 0.3f, 0.8f, 1.4f, 2.2f, Bits = 3)]
[Group(64)]
[InputRotation(Rotation.BlockHadamard)]
public readonly partial struct LookupThree;

[QuantFormat("test_lut4row")]
[LookupCode(-8, -6, -4, -3, -2, -1.5f, -1, -0.5f, 0, 0.5f, 1, 1.5f, 2, 3, 4, 6, Bits = 4)]
[OutputScale(ScalarType.BFloat16)]
public readonly partial struct RowScaledLookup;

[QuantFormat("test_aq2x12")]
[AdditiveCodebook(Count = 2, CodeBits = 12, Dimension = 8)]
[InputRotation(Rotation.BlockHadamard)]
[OutputScale(ScalarType.Float32)]
[Nested]
public readonly partial struct WideNested;

[QuantFormat("test_aq2x9")]
[AdditiveCodebook(Count = 2, CodeBits = 9, Dimension = 16)]
public readonly partial struct WideLong;
