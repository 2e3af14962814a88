namespace Dropwise.Cpu.Tests;

public sealed unsafe class AttentionKernelTests
{
    [Theory]
    [InlineData(1, 32)]
    [InlineData(15, 16)]
    [InlineData(16, 48)]
    [InlineData(17, 64)]
    [InlineData(50, 6)]
    [InlineData(200, 128)]
    public void A_query_mixes_the_values_by_the_softmax_of_its_scores(int positions, int dimension) =>
        Check(positions, dimension, (positions + AttentionKernel.KeyBlock - 1) / AttentionKernel.KeyBlock * AttentionKernel.KeyBlock, 0, positions, 0);

    [Theory]
    [InlineData(3, 5)]
    [InlineData(16, 16)]
    [InlineData(17, 40)]
    [InlineData(31, 1)]
    public void Only_the_positions_of_a_window_count(int first, int count) => Check(first + count, 24, 96, first, count, 0);

    // Positions go round a ring of 48 slots: the window lies in one run of slots, in two, or ends where the ring does.
    [Theory]
    [InlineData(100, 40)]
    [InlineData(96, 48)]
    [InlineData(95, 2)]
    [InlineData(130, 14)]
    [InlineData(1000, 48)]
    [InlineData(143, 33)]
    public void A_window_may_go_round_the_end_of_a_ring(int first, int count) => Check(first + count, 40, 48, first, count, 0);

    [Theory]
    [InlineData(0, 30, 0.5f)]
    [InlineData(90, 40, 0.5f)]
    [InlineData(90, 40, 50f)]
    public void Scores_are_bounded_before_the_softmax(int first, int count, float cap) => Check(first + count, 32, 48, first, count, cap);

    [Theory]
    [InlineData(1, 32, 0)]
    [InlineData(15, 64, 0)]
    [InlineData(61, 72, 0)]
    [InlineData(30, 6, 0)]
    [InlineData(44, 64, 0.5f)]
    public void Queries_of_four_tokens_have_the_results_of_each(int count, int dimension, float cap)
    {
        const int Slots = 64;
        int stored = count + AttentionKernel.Queries - 1;
        float[] queries = Reference.Random(AttentionKernel.Queries * dimension, 1), keys = Reference.Random(stored * dimension, 2), values = Reference.Random(stored * dimension, 3);
        float[] blocks = new float[Slots * dimension], rows = new float[Slots * dimension];
        float[] expected = new float[AttentionKernel.Queries * dimension], actual = new float[AttentionKernel.Queries * dimension];
        fixed (float* q = queries, k = keys, v = values, b = blocks, r = rows, one = expected, four = actual)
        {
            blocks.AsSpan().Fill(1e10f);
            rows.AsSpan().Fill(float.NaN);
            var head = new KeyValueHead(b, r, Slots, dimension);
            float[] scratch = new float[AttentionKernel.ScratchElements(head)];
            for (int t = 0; t < stored; t++) head.Store(t, k + (t * dimension), v + (t * dimension));
            fixed (float* s = scratch)
            {
                for (int i = 0; i < AttentionKernel.Queries; i++) AttentionKernel.Attend(q + (i * dimension), head, 0, count + i, 0.3f, cap, s, one + (i * dimension));
                AttentionKernel.AttendQueries(q, dimension, head, count, 0.3f, cap, s, four, dimension);
            }
        }

        Assert.Equal(expected, actual);
    }

    private static void Check(int stored, int dimension, int slots, int first, int count, float cap)
    {
        const float Scale = 0.3f;
        float[] query = Reference.Random(dimension, 1), keys = Reference.Random(stored * dimension, 2), values = Reference.Random(stored * dimension, 3);
        float[] blocks = new float[slots * dimension], rows = new float[slots * dimension], y = new float[dimension];
        fixed (float* q = query, k = keys, v = values, b = blocks, r = rows, result = y)
        {
            // Whatever lies in other slots must not matter.
            blocks.AsSpan().Fill(1e10f);
            rows.AsSpan().Fill(float.NaN);
            var head = new KeyValueHead(b, r, slots, dimension);
            float[] scratch = new float[AttentionKernel.ScratchElements(head)];
            for (int t = 0; t < stored; t++) head.Store(t, k + (t * dimension), v + (t * dimension));
            fixed (float* s = scratch) AttentionKernel.Attend(q, head, first, count, Scale, cap, s, result);
        }

        double[] scores = [.. Enumerable.Range(first, count).Select(t => Scale * Enumerable.Range(0, dimension).Sum(i => (double)query[i] * keys[(t * dimension) + i]))];
        double[] weights = Reference.Softmax(scores.Select(score => cap > 0 ? cap * Math.Tanh(score / cap) : score));
        for (int i = 0; i < dimension; i++)
        {
            double expected = Enumerable.Range(0, count).Sum(t => weights[t] * values[((first + t) * dimension) + i]);
            Assert.Equal(expected, y[i], cap > 0 ? 1e-5 : 2e-6);
        }
    }
}
