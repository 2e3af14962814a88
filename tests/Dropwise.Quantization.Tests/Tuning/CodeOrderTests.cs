using System.Runtime.CompilerServices;
using Dropwise.Quantization.Additive.Feedback;
using Dropwise.Quantization.Tuning;

namespace Dropwise.Quantization.Tests.Tuning;

public sealed class CodeOrderTests
{
    [Fact]
    public void Runs_of_a_code_follow_each_other_in_their_order()
    {
        const int codewords = 32;
        var random = new Random(1);

        // Codeword 5 has no run, and the last codebook uses one codeword only.
        ushort[][] codes = [.. Enumerable.Range(0, 3).Select(m => Enumerable.Range(0, 500).Select(_ => (ushort)(m == 2 ? 31 : random.Next(codewords) is var c && c == 5 ? 6 : c)).ToArray())];
        var order = new CodeOrder(codes, codewords, QuantizationRun.Default);
        for (int m = 0; m < codes.Length; m++)
        {
            for (int c = 0; c < codewords; c++)
            {
                int start = order.Starts[(m * (codewords + 1)) + c], end = order.Starts[(m * (codewords + 1)) + c + 1];
                int[] expected = [.. Enumerable.Range(0, codes[m].Length).Where(i => codes[m][i] == c)];
                Assert.Equal(expected, order.Order.AsSpan((m * codes[m].Length) + start, end - start).ToArray());
            }
        }
    }

    [Fact]
    public void Structures_are_as_large_as_their_twins()
    {
        Assert.Equal(88, Unsafe.SizeOf<CodedMatrix>());
        Assert.Equal(320, Unsafe.SizeOf<FeedbackArguments>());
    }
}
