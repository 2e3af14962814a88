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
    public void A_query_mixes_the_values_by_the_softmax_of_its_scores(int positions, int dimension)
    {
        const float Scale = 0.3f;
        int padded = (positions + AttentionKernel.KeyBlock - 1) / AttentionKernel.KeyBlock * AttentionKernel.KeyBlock;
        float[] query = Reference.Random(dimension, 1), keys = Reference.Random(positions * dimension, 2), values = Reference.Random(positions * dimension, 3);
        float[] blocks = new float[padded * dimension], scores = new float[padded], y = new float[dimension];
        fixed (float* q = query, k = keys, v = values, b = blocks, s = scores, result = y)
        {
            // Whatever lies beyond the last position must not matter.
            blocks.AsSpan().Fill(1e10f);
            for (int t = 0; t < positions; t++) AttentionKernel.StoreKey(k + (t * dimension), b, t, dimension);
            AttentionKernel.Attend(q, b, v, positions, dimension, Scale, s, result);
        }

        double[] weights = Reference.Softmax(Enumerable.Range(0, positions).Select(t =>
            Scale * Enumerable.Range(0, dimension).Sum(i => (double)query[i] * keys[(t * dimension) + i])));
        for (int i = 0; i < dimension; i++)
        {
            double expected = Enumerable.Range(0, positions).Sum(t => weights[t] * values[(t * dimension) + i]);
            Assert.Equal(expected, y[i], 2e-6);
        }
    }
}
