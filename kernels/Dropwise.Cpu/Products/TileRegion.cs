namespace Dropwise.Cpu;

/// <summary>One parallel region: workers prepare the activations, meet, and multiply their share of the tiles of all products.</summary>
internal readonly unsafe ref struct TileRegion(Activations x) : ITeamWork
{
    // Tokens that a gemm tile takes at a time: 64 x 64 results are 16 KB, which stay in the first-level cache while codes stream.
    private const int GemmTokens = 64;

    /// <inheritdoc/>
    public void Execute(int worker, WorkerTeam team)
    {
        TileTaskList list = x.Tasks;
        if (list.Forms.Count != 0)
        {
            foreach (ActivationForm form in list.Forms) form.Prepare(x, worker, team);
            team.Barrier();
        }

        // Shares are contiguous, so that each worker reads one stream of codes in order.
        (int start, int end) = team.Share(list.Tiles, worker);
        byte** codes = stackalloc byte*[PackedMatrix.MaxCodebooks];
        foreach (ref readonly TileTask task in list.Tasks)
        {
            int first = Math.Max(start - task.FirstTile, 0);
            int last = Math.Min(end - task.FirstTile, task.Matrix.Tiles);
            for (int index = first; index < last; index++)
            {
                var tile = new TileArguments { Codes = codes, Inputs = task.Matrix.KernelInputs };
                task.Matrix.Bind(&tile, index, 0, 0);
                if (task.Kernel.Op == KernelOp.Gemm) Gemm(task, &tile, index, worker, team);
                else Gemv(task, &tile, index, worker, team);
            }
        }
    }

    private void Gemv(in TileTask task, TileArguments* tile, int index, int worker, WorkerTeam team)
    {
        int tileRows = task.Matrix.Format.TileRows;
        int firstRow = index * tileRows;
        int rows = Math.Min(task.Matrix.Rows - firstRow, tileRows);

        // A kernel adds to all rows of a tile; where the matrix has fewer, the results pass through scratch.
        bool direct = rows == tile->TileRows;
        float* output = task.Product.Output + firstRow;
        float* sums = direct ? output : (float*)team.Scratch(worker, (long)x.Tokens * tileRows * sizeof(float));
        nint stride = direct ? task.Product.OutputStride : tileRows;
        for (int token = 0; token < x.Tokens; token++) new Span<float>(sums + (token * stride), tile->TileRows).Clear();
        int inputs = tile->Inputs;
        int span = Math.Min(inputs, task.Form.SpanOf(x));
        for (int first = 0; first < inputs; first += span)
        {
            if (first != 0) task.Matrix.Bind(tile, index, 0, first);
            tile->Inputs = Math.Min(span, inputs - first);
            for (int token = 0; token < x.Tokens; token++)
            {
                tile->Output = sums + (token * stride);
                task.Form.Bind(tile, x, token);
                task.Kernel.Function(tile);
            }
        }

        for (int token = 0; token < x.Tokens && !direct; token++)
            new ReadOnlySpan<float>(sums + (token * tileRows), rows).CopyTo(new Span<float>(output + ((nint)token * task.Product.OutputStride), rows));
    }

    private void Gemm(in TileTask task, TileArguments* tile, int index, int worker, WorkerTeam team)
    {
        int tileRows = task.Matrix.Format.TileRows;
        int firstRow = index * tileRows;
        int rows = Math.Min(task.Matrix.Rows - firstRow, tileRows);
        tile->Output = (float*)team.Scratch(worker, GemmTokens * tileRows * sizeof(float));
        for (int token = 0; token < x.Tokens; token += GemmTokens)
        {
            tile->Tokens = Math.Min(GemmTokens, x.Tokens - token);
            new Span<float>(tile->Output, tile->Tokens * tileRows).Clear();
            task.Form.Bind(tile, x, token);
            task.Kernel.Function(tile);
            for (int i = 0; i < tile->Tokens; i++)
            {
                float* output = task.Product.Output + ((nint)(token + i) * task.Product.OutputStride) + firstRow;
                new ReadOnlySpan<float>(tile->Output + (i * tileRows), rows).CopyTo(new Span<float>(output, rows));
            }
        }
    }
}
