using Dropwise.ModelFiles;

namespace Dropwise.Inference.Tests.Published;

/// <summary>
/// SpQR's layout for its kernels: 64-bit words [N / 16][K / 16][16 rows] of 3-bit scale, zero and 16 weights, with a byte of the tile's four float16
/// statistics; outliers by rows or by tiles of 16 rows; the order of the inputs as pairs of 16-bit integers.
/// </summary>
internal static class SpqrLayer
{
    private const int Size = 16;

    /// <summary>The quantization_config.</summary>
    public static string Config(int bits = 3, int rows = 16, int columns = 16) =>
        $$"""{"quant_method":"spqr","bits":{{bits}},"beta1":{{rows}},"beta2":{{columns}},"shapes":{},"modules_to_not_convert":["lm_head"]}""";

    /// <summary>The words of one tile.</summary>
    /// <param name="statistics">S_s, S_z, Z_s, Z_z.</param>
    /// <param name="scales">s_q of each row.</param>
    /// <param name="zeros">z_q of each row.</param>
    /// <param name="weights">[16 rows, 16 inputs].</param>
    public static ulong[] Tile(Half[] statistics, int[] scales, int[] zeros, int[] weights)
    {
        ulong second = 0;
        for (int i = 0; i < 4; i++) second |= (ulong)BitConverter.HalfToUInt16Bits(statistics[i]) << (16 * i);
        var words = new ulong[Size];
        for (int k = 0; k < Size; k++)
        {
            words[k] = (uint)scales[k] | ((ulong)(uint)zeros[k] << 3) | (((second >> (k / 2 * 8)) & 0xFF) << 54);
            for (int i = 0; i < Size; i++) words[k] |= (ulong)(uint)weights[(k * Size) + i] << (6 + (3 * i));
        }

        return words;
    }

    /// <summary>A layer of random tiles and outliers.</summary>
    public static PublishedLayer Create(string name, int rows, int columns, Random random, bool byTiles, bool isOrdered)
    {
        var words = new List<ulong>();
        var stored = new double[rows * columns];
        for (int row = 0; row < rows; row += Size)
        {
            for (int column = 0; column < columns; column += Size) words.AddRange(DrawTile(stored, row, column, columns, random));
        }

        var outliers = Enumerable.Range(0, rows).Select(_ => new SortedDictionary<int, Half>()).ToArray();
        for (int i = 0; i < rows * columns / 100; i++) outliers[random.Next(rows)][random.Next(columns)] = (Half)((random.NextDouble() - 0.5) * 2);
        for (int row = 0; row < rows; row++)
        {
            // Authors' kernels add an outlier to what the code under it stands for; their sum is kept as a float16 here.
            foreach ((int column, Half value) in outliers[row])
                stored[(row * columns) + column] = (double)(Half)(float)(stored[(row * columns) + column] + (double)value);
        }

        (int[] offsets, int[] entries) = byTiles ? ByTiles(outliers) : ByRows(outliers);
        int[] order = [.. Enumerable.Range(0, columns)];
        if (!isOrdered) new Random(columns).Shuffle(order);
        var weights = new double[stored.Length];
        for (int i = 0; i < stored.Length; i++) weights[(i / columns * columns) + order[i % columns]] = stored[i];
        int[] pairs = [.. Enumerable.Range(0, columns / 2).Select(i => order[2 * i] | (order[(2 * i) + 1] << 16))];
        return new PublishedLayer(weights,
        [
            PublishedFolder.Tensor($"{name}.dense_weights", TensorType.Int64, words.ToArray(), words.Count),
            PublishedFolder.Tensor($"{name}.row_offsets", TensorType.Int32, offsets, offsets.Length),
            PublishedFolder.Tensor($"{name}.col_vals", TensorType.Int32, entries, entries.Length),
            PublishedFolder.Tensor($"{name}.in_perm", TensorType.Int32, pairs, pairs.Length),
        ]);
    }

    private static ulong[] DrawTile(double[] stored, int row, int column, int columns, Random random)
    {
        Half[] statistics = [(Half)(0.01 / Math.Sqrt(columns / 64.0)), (Half)0.5, (Half)(-(2 + random.NextDouble())), (Half)(-(4 + random.NextDouble()))];
        int[] scales = Codes(random, Size), zeros = Codes(random, Size), weights = Codes(random, Size * Size);
        for (int i = 0; i < weights.Length; i++)
        {
            int k = i / Size;
            double scale = (double)statistics[0] * (scales[k] - (double)statistics[2]), zero = (double)statistics[1] * (zeros[k] - (double)statistics[3]);
            stored[((row + k) * columns) + column + (i % Size)] = scale * (weights[i] - zero);
        }

        return Tile(statistics, scales, zeros, weights);
    }

    private static int[] Codes(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(8))];

    private static (int[] Offsets, int[] Entries) ByRows(SortedDictionary<int, Half>[] outliers)
    {
        var entries = new List<int>();
        var offsets = new List<int> { 0 };
        foreach (SortedDictionary<int, Half> row in outliers)
        {
            foreach ((int column, Half value) in row) entries.Add(Entry(column, value));
            offsets.Add(entries.Count);
        }

        return ([.. offsets], [.. entries]);
    }

    // Rows of a tile in turns, filled up with zeros to the longest of them.
    private static (int[] Offsets, int[] Entries) ByTiles(SortedDictionary<int, Half>[] outliers)
    {
        var entries = new List<int>();
        var offsets = new List<int> { 0 };
        foreach (SortedDictionary<int, Half>[] tile in outliers.Chunk(Size))
        {
            for (int i = 0; i < tile.Max(static row => row.Count); i++)
                entries.AddRange(tile.Select(row => i < row.Count ? Entry(row.ElementAt(i).Key, row.ElementAt(i).Value) : 0));
            offsets.Add(entries.Count);
        }

        return ([.. offsets], [.. entries]);
    }

    private static int Entry(int column, Half value) => column | (BitConverter.HalfToUInt16Bits(value) << 16);
}
