using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.ModelFiles;
using Dropwise.Testing;

namespace Dropwise.Inference.Tests.Architectures;

/// <summary>Windows that are written side by side are drawn from what the model predicts of each of them alone.</summary>
public sealed class WindowWriterTests
{
    private const int Length = 40;
    private const int Seed = 5;

    public static TheoryData<string> Golden => GoldenLogitsTests.Families;

    [Theory]
    [MemberData(nameof(Golden))]
    public void What_is_written_is_what_predictions_of_the_whole_window_say(string family)
    {
        ModelFolder source = ModelFolder.Open(TestData.Find($"models/golden/{family}"));
        int[][] beginnings = [[3], [7, 1, 4, 1, 5], [2, 6]];
        ImmutableArray<ImmutableArray<int>> windows = Write(source, beginnings);
        for (int window = 0; window < windows.Length; window++)
        {
            Assert.Equal(Length, windows[window].Length);
            Assert.Equal(beginnings[window], windows[window].Take(beginnings[window].Length));
            Assert.Equal(Redrawn(source, windows[window], beginnings[window].Length, window), windows[window]);
        }
    }

    [Fact]
    public void A_window_does_not_depend_on_those_beside_it()
    {
        ModelFolder source = ModelFolder.Open(TestData.Find("models/golden/llama"));
        Assert.Equal(Write(source, [[3], [7, 1]])[0], Write(source, [[3]])[0]);
        Assert.NotEqual(Write(source, [[3], [3]])[0], Write(source, [[3], [3]])[1]);
    }

    [Fact]
    public void A_window_has_to_begin_and_to_leave_room()
    {
        ModelFolder source = ModelFolder.Open(TestData.Find("models/golden/llama"));
        Assert.Throws<ArgumentException>(() => Write(source, [[]]));
        Assert.Throws<ArgumentException>(() => Write(source, [[.. Enumerable.Repeat(1, Length + 1)]]));
    }

    private static ImmutableArray<ImmutableArray<int>> Write(ModelSource source, int[][] beginnings)
    {
        using var blocks = new DecoderBlocks(source, Length);
        ImmutableArray<DecoderBlock> layers = [.. Enumerable.Range(0, source.Config.Layers).Select(blocks.Read)];
        using BlockLinear head = blocks.ReadHead();
        return new WindowWriter(blocks, layers, head).Write([.. beginnings.Select(ImmutableArray.Create)], Length, Seed, cancellation: TestContext.Current.CancellationToken);
    }

    // The window once more, its tokens seen whole, drawn with the same numbers.
    private static unsafe int[] Redrawn(ModelSource source, ImmutableArray<int> window, int begun, int index)
    {
        using var blocks = new DecoderBlocks(source, Length);
        float[] stream = blocks.Embed(window.AsSpan());
        for (int layer = 0; layer < source.Config.Layers; layer++) blocks.Read(layer).Forward(stream);
        using BlockLinear head = blocks.ReadHead();
        var numbers = new Xoshiro256((ulong)(((long)Seed << 32) + index));
        double[] points = [.. Enumerable.Range(0, Length).Select(_ => numbers.NextDouble())];
        var logits = new float[Length * source.Config.VocabularySize];
        var drawn = new int[Length];
        fixed (float* residual = stream, predictions = logits)
        {
            FloatView rows = new(residual, Length, source.Config.HiddenSize), all = new(predictions, Length, source.Config.VocabularySize);
            BlockEngine.Cpu.Normalize(blocks.ReadFinalNorm(), rows, rows);
            BlockEngine.Cpu.Multiply(head, rows, all);
            BlockEngine.Cpu.Draw(all, (float)(source.Config.FinalLogitCap ?? 0), points, drawn);
        }

        return [.. window.Take(begun), .. drawn.Skip(begun - 1).Take(Length - begun)];
    }
}
