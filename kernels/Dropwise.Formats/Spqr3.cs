namespace Dropwise.Formats;

/// <summary>SpQR's three-bit integers (arXiv 2306.03078): scales and zeros of 16 inputs quantized to 3 bits, outliers in float16.</summary>
/// <remarks>
/// <para>Value: ŵ = s · (q − z) with q in [0, 7], s = S_s · (s_q − Z_s), z = S_z · (z_q − Z_z); an outlier's value replaces it.</para>
/// <para>Bits a weight: 3 + (3 + 3) / 16 + 64 / 256 = 3.625, and 32 an outlier; with one weight in a hundred 3.95, tables included.</para>
/// <para>Bytes of a block of 64 rows × 32 inputs: codes 768, quantized scales and zeros 2 × 48, statistics 2 × 32.</para>
/// </remarks>
[QuantFormat("spqr3")]
[UniformCode(Bits = 3)]
[Group(16, Zero = ZeroPoint.Quantized)]
[SecondLevel(ScaleBits = 3, ZeroBits = 3, GroupRows = 16)]
[SparseOutliers(Value = ScalarType.Float16, Index = 16, Layout = OutlierLayout.Jobs)]
public readonly partial struct Spqr3;
