using Dropwise;

namespace Outside;

/// <summary>Five bits and two scales, which no format of the repository has.</summary>
[QuantFormat("odd5g64")]
[UniformCode(Bits = 5)]
[Group(64, Scale = ScalarType.BFloat16, Zero = ZeroPoint.Original)]
[OutputScale(ScalarType.Float32)]
internal readonly partial struct Odd5;

/// <summary>Signed integers with a scale a row only.</summary>
[QuantFormat("signed7")]
[UniformCode(Bits = 7, Signed = true)]
[OutputScale(ScalarType.Float16)]
internal readonly partial struct Signed7;

/// <summary>Whole bytes with an offset a group.</summary>
[QuantFormat("offset8g32")]
[UniformCode(Bits = 8)]
[Group(32, Zero = ZeroPoint.Rescale)]
internal readonly partial struct Offset8;

/// <summary>Two small codebooks of long codewords, without any scale.</summary>
[QuantFormat("small2x4g16")]
[AdditiveCodebook(Count = 2, CodeBits = 4, Dimension = 16)]
internal readonly partial struct Small2;

/// <summary>A table of eight values, dense around zero.</summary>
[QuantFormat("table3")]
[LookupCode(-1f, -0.5f, -0.2f, -0.05f, 0.05f, 0.2f, 0.5f, 1f, Bits = 3)]
[Group(96)]
internal readonly partial struct Table3;

/// <summary>Three nested codebooks behind a rotation.</summary>
[QuantFormat("nested3x8g8")]
[AdditiveCodebook(Count = 3, CodeBits = 8, Dimension = 8, Codeword = ScalarType.Int8)]
[InputRotation(Rotation.BlockHadamard)]
[OutputScale(ScalarType.Float16)]
[Nested]
internal readonly partial struct Nested3;
