namespace Dropwise.Quantization.Feedback;

/// <summary>Tries all pairs of a quantized scale and a quantized zero that the statistics of a group's rows can express.</summary>
/// <param name="codes">The codes.</param>
/// <param name="level">The second level of scales and zeros.</param>
internal sealed class PairSearch(ScalarCodes codes, SecondLevelDescriptor level)
{
    private readonly int _zeroCodes = 1 << level.ZeroBits;
    private readonly int _pairs = 1 << (level.ScaleBits + level.ZeroBits);

    /// <summary>Finds the best pair.</summary>
    /// <param name="group">What the group is due to be.</param>
    /// <param name="scales">Step and offset of scales.</param>
    /// <param name="zeros">Step and offset of zeros.</param>
    /// <param name="scratch">Memory of the calling thread; its points change with the choice.</param>
    /// <param name="best">The best choice so far; its zero is the number of the pair.</param>
    /// <param name="cost">What it costs; infinite at first.</param>
    public void Find(in DueGroup group, (float Step, float Offset) scales, (float Step, float Offset) zeros, SettleScratch scratch, ref GroupChoice best, ref float cost)
    {
        Span<GroupChoice> candidates = stackalloc GroupChoice[ScalarCodes.Lanes];
        for (int first = 0; first < _pairs; first += candidates.Length)
        {
            for (int lane = 0; lane < candidates.Length; lane++) candidates[lane] = Of(Math.Min(first + lane, _pairs - 1), scales, zeros);
            codes.Improve(group, candidates, scratch, ref best, ref cost);
        }
    }

    /// <summary>What a pair stands for.</summary>
    /// <param name="pair">Its number: the scale's code, then the zero's.</param>
    /// <param name="scales">Step and offset of scales.</param>
    /// <param name="zeros">Step and offset of zeros.</param>
    public GroupChoice Of(int pair, (float Step, float Offset) scales, (float Step, float Offset) zeros)
    {
        float scale = scales.Step * (ScaleCode(pair) - scales.Offset);
        return new GroupChoice(scale, pair, -scale * ZeroOf(pair, zeros));
    }

    /// <summary>The zero of a pair, in steps of its scale.</summary>
    /// <param name="pair">Its number.</param>
    /// <param name="zeros">Step and offset of zeros.</param>
    public float ZeroOf(int pair, (float Step, float Offset) zeros) => zeros.Step * (ZeroCode(pair) - zeros.Offset);

    /// <summary>The scale's code of a pair.</summary>
    /// <param name="pair">Its number.</param>
    public byte ScaleCode(int pair) => (byte)(pair / _zeroCodes);

    /// <summary>The zero's code of a pair.</summary>
    /// <param name="pair">Its number.</param>
    public byte ZeroCode(int pair) => (byte)(pair % _zeroCodes);
}
