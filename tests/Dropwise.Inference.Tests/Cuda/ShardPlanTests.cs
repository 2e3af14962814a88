using Dropwise.Cpu;
using Dropwise.Cuda;
using Dropwise.Formats;
using Dropwise.Inference.Cuda;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Tests.Cuda;

public sealed class ShardPlanTests
{
    private static readonly FormatRegistry Registry = new(FormatTable.Rows);

    [Theory]
    [InlineData("int4g32", 1)]
    [InlineData("int4g32", 2)]
    [InlineData("int4g32", 3)]
    [InlineData("int4g32", 4)]
    [InlineData("int4g128", 2)]
    [InlineData("dbd4x8g8", 4)]
    public void Shares_cover_everything_once_and_cut_nothing_that_belongs_together(string format, int ranks)
    {
        using ModelWeights model = RandomModel.Create(ModelShapes.Find("tiny-stories-7m"), Registry[format], Registry["int8g32"]);
        ModelConfig config = model.Config;
        var plan = new ShardPlan(model, ranks);
        int queries = config.Heads * config.HeadDimension, keys = config.KeyValueHeads * config.HeadDimension;
        AssertCovers(ranks, queries, rank => (plan.Projections(rank)[0].Shard.FirstRow, plan.Projections(rank)[0].Shard.Rows));
        AssertCovers(ranks, keys, rank => (plan.Projections(rank)[1].Shard.FirstRow, plan.Projections(rank)[1].Shard.Rows));
        AssertCovers(ranks, queries, rank => (plan.AttentionOutput(rank).FirstColumn, plan.AttentionOutput(rank).Columns));
        AssertCovers(ranks, config.IntermediateSize, rank => (plan.GateUp(rank, config.IntermediateSize).FirstRow, plan.GateUp(rank, config.IntermediateSize).Rows));
        AssertCovers(ranks, config.IntermediateSize, rank => (plan.Down(rank, config.IntermediateSize).FirstColumn, plan.Down(rank, config.IntermediateSize).Columns));

        int unit = Math.Max(32, Registry[format].Descriptor.GroupSize);
        for (int rank = 0; rank < ranks; rank++)
        {
            Assert.Equal(plan.Heads(rank), plan.KeyValueHeads(rank) * config.HeadsPerKeyValueHead);
            Assert.Equal(plan.Projections(rank)[0].Shard.Rows, plan.AttentionOutput(rank).Columns);
            foreach (DeviceShard shard in (DeviceShard[])[plan.AttentionOutput(rank), plan.Down(rank, config.IntermediateSize)])
                Assert.Equal(0, shard.FirstColumn % unit);
        }
    }

    [Fact]
    public void A_tied_head_is_whole_everywhere_and_an_untied_one_is_split()
    {
        using ModelWeights tied = RandomModel.Create(ModelShapes.Find("tiny-stories-7m"), Registry["int4g32"], Registry["int8g32"]);
        Assert.False(new ShardPlan(tied, 2).SplitsHead);
        Assert.Equal(tied.Config.VocabularySize, new ShardPlan(tied, 2).Head(1).Rows);

        ModelConfig shape = ModelShapes.Find("tiny-stories-7m") with { TiedEmbeddings = false };
        using ModelWeights untied = RandomModel.Create(shape, Registry["int4g32"], Registry["int8g32"]);
        var plan = new ShardPlan(untied, 2);
        Assert.True(plan.SplitsHead);
        AssertCovers(2, shape.VocabularySize, rank => (plan.Head(rank).FirstRow, plan.Head(rank).Rows));
        Assert.False(new ShardPlan(untied, 3).SplitsHead);
    }

    [Theory]
    [InlineData("dbd4x8g8h", 2, "4 key-value heads, which formats and rotations keep together by 4, cannot be split over 2 GPUs")]
    [InlineData("int4g32", 5, "4 key-value heads cannot be split over 5 GPUs")]
    [InlineData("int4g128", 3, "4 key-value heads, which formats and rotations keep together by 2, cannot be split over 3 GPUs")]
    public void What_cannot_be_split_is_refused_in_one_line(string format, int ranks, string message)
    {
        using ModelWeights model = RandomModel.Create(ModelShapes.Find("tiny-stories-7m"), Registry[format], Registry["int8g32"]);
        Assert.Equal(message, Assert.Throws<InferenceException>(() => new ShardPlan(model, ranks)).Message);
    }

    private static void AssertCovers(int ranks, int elements, Func<int, (int First, int Count)> share)
    {
        int next = 0;
        for (int rank = 0; rank < ranks; rank++)
        {
            (int first, int count) = share(rank);
            Assert.Equal(next, first);
            Assert.True(count > 0);
            next += count;
        }

        Assert.Equal(elements, next);
    }
}
