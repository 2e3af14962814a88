namespace Dropwise.Formats;

/// <summary>SpQR's four-bit integers: the setting that its authors call near-lossless.</summary>
/// <remarks>
/// <para>Value: ŵ = s · (q − z) with q in [0, 15], s = S_s · (s_q − Z_s), z = S_z · (z_q − Z_z); an outlier's value replaces it.</para>
/// <para>Bits a weight: 4 + (3 + 3) / 16 + 64 / 256 = 4.625, and 32 an outlier; with one weight in a hundred 4.95, tables included.</para>
/// <para>Bytes of a block of 64 rows × 32 inputs: codes 1024, quantized scales and zeros 2 × 48, statistics 2 × 32.</para>
/// </remarks>
[QuantFormat("spqr4")]
[UniformCode(Bits = 4)]
[Group(16, Zero = ZeroPoint.Quantized)]
[SecondLevel(ScaleBits = 3, ZeroBits = 3, GroupRows = 16)]
[SparseOutliers(Value = ScalarType.Float16, Index = 16, Layout = OutlierLayout.Jobs)]
public readonly partial struct Spqr4;
