namespace Dropwise.Formats;

/// <summary>The 4-bit NormalFloat of QLoRA (arXiv 2305.14314, appendix E): 64 inputs share a float16 scale.</summary>
/// <remarks>
/// <para>Value: ŵ = s · Values[q]; the values are quantiles of the normal distribution, scaled to [−1, 1], with an exact zero.</para>
/// <para>Bits a weight: 4 + 16 / 64 = 4.25. The last group of a row is shorter where 64 does not divide K.</para>
/// <para>
/// Bytes of a block of 64 rows × 32 inputs: codes 0 to 1023 (quarters of 256); of a group of 64 inputs, in a stream of their own: 128
/// of scales.
/// </para>
/// </remarks>
[QuantFormat("nf4g64")]
[LookupCode(
    -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f,
    -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0.0f,
    0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f,
    0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f,
    Bits = 4)]
[Group(64)]
public readonly partial struct Nf4g64;
