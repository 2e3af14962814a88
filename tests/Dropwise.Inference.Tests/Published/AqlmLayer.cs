using Dropwise.ModelFiles;

namespace Dropwise.Inference.Tests.Published;

/// <summary>
/// AQLM's layout: codes [N, K / g, M] in two's complement of B bits in the smallest container, codebooks F16 [M, 2^B, 1, g], scales F16 [N, 1, 1, 1].
/// </summary>
internal static class AqlmLayer
{
    /// <summary>The quantization_config of a shape.</summary>
    public static string Config(int codebooks, int bits, int group, int rowGroup = 1) =>
        $$"""
        {"quant_method":"aqlm","num_codebooks":{{codebooks}},"nbits_per_codebook":{{bits}},"in_group_size":{{group}},"out_group_size":{{rowGroup}},
        "linear_weights_not_to_quantize":["lm_head.weight"]}
        """;

    /// <summary>A layer of random codes.</summary>
    public static PublishedLayer Create(string name, int rows, int columns, Random random, int codebooks, int bits, int group)
    {
        int runs = columns / group, codewords = 1 << bits;
        var values = new Half[codebooks * codewords * group];
        for (int i = 0; i < values.Length; i++) values[i] = (Half)((random.NextDouble() * 2) - 1);
        var scales = new Half[rows];
        for (int i = 0; i < rows; i++) scales[i] = (Half)((0.5 + random.NextDouble()) / Math.Sqrt(columns * codebooks));
        var codes = new int[rows * runs * codebooks];
        var weights = new double[rows * columns];
        for (int i = 0; i < codes.Length; i++)
        {
            // The ends of the range and its middle, where the sign begins, are there for sure.
            int code = i < 4 ? new[] { 0, codewords - 1, codewords / 2, (codewords / 2) - 1 }[i] : random.Next(codewords);
            codes[i] = code >= codewords / 2 ? code - codewords : code;
            int book = i % codebooks, run = i / codebooks % runs, row = i / codebooks / runs;
            for (int k = 0; k < group; k++)
                weights[(row * columns) + (run * group) + k] += (double)scales[row] * (double)values[(((book * codewords) + code) * group) + k];
        }

        long[] shape = [rows, runs, codebooks];
        return new PublishedLayer(weights,
        [
            bits <= 8
                ? PublishedFolder.Tensor($"{name}.codes", TensorType.Int8, Array.ConvertAll(codes, static c => (sbyte)c), shape)
                : PublishedFolder.Tensor($"{name}.codes", TensorType.Int16, Array.ConvertAll(codes, static c => (short)c), shape),
            PublishedFolder.Tensor($"{name}.codebooks", TensorType.Float16, values, codebooks, codewords, 1, group),
            PublishedFolder.Tensor($"{name}.scales", TensorType.Float16, scales, rows, 1, 1, 1),
        ]);
    }
}
