using Dropwise.Quantization.Additive;

namespace Dropwise.Quantization.Tests.Additive;

public sealed unsafe class BeamSearchTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void A_beam_as_wide_as_the_first_codebook_finds_the_best_pair(int dimension)
    {
        // Every first codeword stays in the beam, so the search of two codebooks is exhaustive.
        Codebooks codebooks = Random(2, 16, dimension);
        using var tables = new SearchTables(codebooks, [0.3f, 1]);
        using var search = new BeamSearch(tables, 16);
        FloatMatrix vectors = Matrices.Gaussian(50, dimension, seed: 9);
        var codes = new ushort[2];
        for (int v = 0; v < vectors.Rows; v++)
        {
            float best = float.PositiveInfinity;
            for (ushort i = 0; i < 16; i++)
            {
                for (ushort j = 0; j < 16; j++) best = Math.Min(best, search.Cost(vectors.Row(v), [i, j]));
            }

            float found = search.Search(vectors.Row(v), codes);
            Assert.Equal(best, found, 1e-5f);
            Assert.Equal(found, search.Cost(vectors.Row(v), codes), 1e-5f);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(20)]
    public void A_wider_beam_is_no_worse_on_the_whole_and_its_costs_are_those_of_its_codes(int width)
    {
        Codebooks codebooks = Random(4, 256, 8);
        using var tables = new SearchTables(codebooks, [1, 1, 1, 1]);
        using var narrow = new BeamSearch(tables, 1);
        using var wide = new BeamSearch(tables, width);
        FloatMatrix vectors = Matrices.Gaussian(60, 8, seed: 9);
        var codes = new ushort[4];
        double narrowSum = 0;
        double wideSum = 0;
        for (int v = 0; v < vectors.Rows; v++)
        {
            narrowSum += narrow.Search(vectors.Row(v), codes);
            float cost = wide.Search(vectors.Row(v), codes);
            Assert.Equal(cost, wide.Cost(vectors.Row(v), codes), cost * 1e-4f);
            wideSum += cost;
        }

        Assert.True(wideSum <= narrowSum, $"{wideSum} against {narrowSum}");
    }

    [Theory]
    [InlineData(1, 64)]
    [InlineData(8, 16)]
    [InlineData(8, 64)]
    [InlineData(40, 64)]
    public void The_best_candidates_are_those_of_a_stable_sort(int keep, int block)
    {
        // Few different scores, so that many are equal.
        var random = new Random(4);
        var scores = new float[512];
        for (int i = 0; i < scores.Length; i++) scores[i] = random.Next(100);
        float[] minima = [.. scores.Chunk(block).SelectMany(chunk => Enumerable.Range(0, 16).Select(lane => chunk.Chunk(16).Min(part => part[lane])))];
        var best = new BestCandidates(keep);
        fixed (float* s = scores, m = minima) best.Choose(s, m, scores.Length / block, block, keep);
        int[] expected = [.. Enumerable.Range(0, scores.Length).OrderBy(i => scores[i]).Take(keep)];
        Assert.Equal(expected, Enumerable.Range(0, best.Count).Select(rank => best[rank]));
    }

    private static Codebooks Random(int count, int codewords, int dimension)
    {
        var codebooks = new Codebooks(count, codewords, dimension);
        Matrices.Gaussian(count, codewords * dimension).Values.CopyTo(codebooks.Values, 0);
        for (int m = 1; m < count; m++)
        {
            foreach (ref float element in codebooks.Codebook(m)) element *= MathF.Pow(0.6f, m);
        }

        return codebooks;
    }
}
