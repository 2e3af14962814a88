namespace Dropwise.Quantization.Tuning;

/// <summary>The runs of a matrix in the order of their codes, a codebook after the other: whoever sums what runs of one code say reads them one after the other.</summary>
internal sealed class CodeOrder
{
    /// <summary>Sorts, by counting.</summary>
    /// <param name="codes">A plane a codebook [M][runs].</param>
    /// <param name="codewords">Codewords of a codebook.</param>
    /// <param name="run">Workers and cancellation.</param>
    public CodeOrder(ushort[][] codes, int codewords, QuantizationRun run)
    {
        int runs = codes[0].Length;
        Order = new int[checked(codes.Length * runs)];
        Starts = new int[codes.Length * (codewords + 1)];
        run.ForPieces(codes.Length, 1, (m, _) =>
        {
            ReadOnlySpan<ushort> plane = codes[m];
            Span<int> starts = Starts.AsSpan(m * (codewords + 1), codewords + 1), order = Order.AsSpan(m * runs, runs);
            foreach (ushort code in plane) starts[code + 1]++;
            for (int code = 0; code < codewords; code++) starts[code + 1] += starts[code];
            int[] next = starts[..codewords].ToArray();
            for (int i = 0; i < plane.Length; i++) order[next[plane[i]]++] = i;
        });
    }

    /// <summary>Runs [M, runs]; those of one code ascend.</summary>
    public int[] Order { get; }

    /// <summary>Where the runs of each code begin [M, codewords + 1], counted from the codebook's first.</summary>
    public int[] Starts { get; }
}
