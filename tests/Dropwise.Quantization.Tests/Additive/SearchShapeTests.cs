using System.Runtime.CompilerServices;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Additive.Feedback;
using Dropwise.Quantization.Additive.Refinement;

namespace Dropwise.Quantization.Tests.Additive;

public sealed class SearchShapeTests
{
    [Theory]
    [InlineData(8, 256, 4, 4, 8, true)]
    [InlineData(8, 256, 2, 1, 8, true)]
    [InlineData(4, 16, 4, 1, 8, false)] // fewer codewords than lanes
    [InlineData(16, 256, 8, 8, 8, false)] // 128 KB of codebooks do not fit beside the paths
    [InlineData(8, 256, 9, 9, 8, false)] // more levels than the arguments have room for
    public void A_device_searches_what_fits_a_block(int dimension, int codewords, int codebooks, int levels, int width, bool fits) =>
        Assert.Equal(fits, new SearchShape(dimension, codewords, codebooks, levels, width).Fits(sharedBytes: 99 * 1024));

    [Fact]
    public void Structures_are_as_large_as_their_twins()
    {
        Assert.Equal(256, Unsafe.SizeOf<SearchBatch>());
        Assert.Equal(320, Unsafe.SizeOf<FeedbackArguments>());
        Assert.Equal(336, Unsafe.SizeOf<DescentArguments>());
        Assert.Equal(272, Unsafe.SizeOf<VectorArguments>());
    }
}
