namespace Dropwise.Cpu;

/// <summary>
/// y = x · Wᵀ in float32 for weights of any form: 64 rows × some inputs at a time become a float32 panel, once, and all tokens read it
/// from the cache. Sums of one chunk of inputs are float32 and run in the order of the inputs, chunk sums are added in that order too,
/// so a result does not depend on the number of workers or on the tokens beside it.
/// </summary>
public static unsafe class FloatGemm
{
    /// <summary>
    /// Inputs of a panel. 64 KB of weights stay in the second-level cache while the tokens go by, and the results of a tile are
    /// loaded and stored once for 256 multiply-adds each.
    /// </summary>
    private const int ChunkInputs = 256;

    // Three quarters of a second-level cache of 1 MB, and the most blocks of 64 rows that are worth the wait for the slowest worker.
    private const int GroupBytes = 768 << 10;
    private const int MaximumBlocks = 8;

    /// <summary>Multiplies with the instruction set that this process selected.</summary>
    /// <inheritdoc cref="Run(WorkerTeam, float*, int, int, ReadOnlySpan{MatrixProduct}, CpuIsa)"/>
    public static void Run(WorkerTeam team, float* x, int tokens, int xStride, ReadOnlySpan<MatrixProduct> products) =>
        Run(team, x, tokens, xStride, products, CpuFeatures.Selected);

    /// <summary>Multiplies the activations with each matrix of a set; no managed allocation once the team's scratch has grown.</summary>
    /// <param name="team">The workers; rows are split over them.</param>
    /// <param name="x">Activations, [tokens, K] float32, already rotated where a matrix asks for it.</param>
    /// <param name="tokens">Tokens M, at least 1.</param>
    /// <param name="xStride">Elements from one token's activations to the next, at least K.</param>
    /// <param name="products">Matrices that all have K columns, each with its output.</param>
    /// <param name="isa">The highest instruction set to use; the processor must have it.</param>
    /// <exception cref="ArgumentException">A matrix has other columns than the first, or a stride is shorter than a row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no token.</exception>
    public static void Run(WorkerTeam team, float* x, int tokens, int xStride, ReadOnlySpan<MatrixProduct> products, CpuIsa isa)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        int blocks = 0;
        foreach (MatrixProduct product in products)
        {
            if (product.Weights.Columns != products[0].Weights.Columns)
                throw new ArgumentException($"a matrix of {product.Weights.Columns} columns cannot share activations with one of {products[0].Weights.Columns}", nameof(products));
            if (xStride < product.Weights.Columns)
                throw new ArgumentException($"a stride of {xStride} is shorter than {product.Weights.Columns} activations", nameof(xStride));
            if (product.OutputStride < product.Weights.Rows)
                throw new ArgumentException($"an output stride of {product.OutputStride} is shorter than {product.Weights.Rows} rows", nameof(products));
            blocks += BlocksOf(product.Weights);
        }

        if (isa >= CpuIsa.Avx512) Run<GemmKernelAvx512>(team, x, tokens, xStride, products, blocks);
        else if (isa >= CpuIsa.Avx2) Run<GemmKernelAvx2>(team, x, tokens, xStride, products, blocks);
        else Run<GemmKernelScalar>(team, x, tokens, xStride, products, blocks);
    }

    private static void Run<TKernel>(WorkerTeam team, float* x, int tokens, int xStride, ReadOnlySpan<MatrixProduct> products, int blocks)
        where TKernel : struct, IGemmKernel
    {
        RowGroups<TKernel> work = new(x, tokens, xStride, products, RowsOfGroup(tokens, blocks / team.Workers));
        team.Run(ref work);
    }

    private static int BlocksOf(WeightMatrix weights) => (weights.Rows + WeightMatrix.PanelRows - 1) / WeightMatrix.PanelRows;

    /// <summary>
    /// Rows that go through a chunk of inputs together: as many as leave their results, and the chunk of activations, in the second-level
    /// cache, so that activations come from further away once a group and not once a block of 64 rows.
    /// </summary>
    private static int RowsOfGroup(int tokens, int blocksOfWorker)
    {
        int fitting = ((GroupBytes / (sizeof(float) * tokens)) - ChunkInputs) / WeightMatrix.PanelRows;

        // Four groups a worker and more keep the last one from being waited for.
        return Math.Clamp(Math.Min(fitting, blocksOfWorker / 4), 1, MaximumBlocks) * WeightMatrix.PanelRows;
    }

    /// <summary>The region: workers take groups of rows, of whichever matrix, until none is left.</summary>
    private ref struct RowGroups<TKernel>(float* x, int tokens, int xStride, ReadOnlySpan<MatrixProduct> products, int groupRows) : ITeamWork
        where TKernel : struct, IGemmKernel
    {
        private readonly ReadOnlySpan<MatrixProduct> _products = products;
        private int _next;

        public void Execute(int worker, WorkerTeam team)
        {
            int tileFloats = TKernel.TokenBlock * WeightMatrix.PanelRows;
            float* tile = (float*)team.Scratch(worker, sizeof(float) * (tileFloats + (ChunkInputs * WeightMatrix.PanelRows)));
            float* panel = tile + tileFloats;
            while (true)
            {
                int group = Interlocked.Increment(ref _next) - 1;
                int index = 0;
                for (; index < _products.Length && group >= GroupsOf(index); index++) group -= GroupsOf(index);
                if (index == _products.Length) return;
                int firstRow = group * groupRows;
                MultiplyGroup(_products[index], firstRow, Math.Min(firstRow + groupRows, _products[index].Weights.Rows), panel, tile);
            }
        }

        private readonly int GroupsOf(int index) => (_products[index].Weights.Rows + groupRows - 1) / groupRows;

        private readonly void MultiplyGroup(in MatrixProduct product, int firstRow, int endRow, float* panel, float* tile)
        {
            if (tokens == 1 && product.Weights.TryMultiplyRows(firstRow, endRow - firstRow, x, product.Output + firstRow)) return;
            int columns = product.Weights.Columns;
            for (int first = 0; first < columns; first += ChunkInputs)
            {
                int count = Math.Min(ChunkInputs, columns - first);
                for (int row = firstRow; row < endRow; row += WeightMatrix.PanelRows)
                {
                    product.Weights.DequantizePanel(product.Level, row, first, count, panel);
                    MultiplyPanel(product, row, Math.Min(endRow - row, WeightMatrix.PanelRows), first, count, panel, tile);
                }
            }
        }

        private readonly void MultiplyPanel(in MatrixProduct product, int row, int rows, int first, int count, float* panel, float* tile)
        {
            GemmTile operands = new() { XStride = xStride, Panel = panel, Inputs = count };
            for (int token = 0; token < tokens; token += operands.Tokens)
            {
                // One or two last tokens cost less one by one than as a block that computes six.
                int left = tokens - token;
                operands.Tokens = left > 2 ? Math.Min(left, TKernel.TokenBlock) : 1;
                operands.X = x + ((nint)token * xStride) + first;
                MultiplyTile(ref operands, product.Output + ((nint)token * product.OutputStride) + row, product.OutputStride, rows, first > 0, tile);
            }
        }

        /// <summary>One call of the micro-kernel; a tile that is not whole goes through scratch, because kernels store whole tiles.</summary>
        private static void MultiplyTile(ref GemmTile operands, float* y, nint yStride, int rows, bool accumulate, float* tile)
        {
            bool whole = rows == WeightMatrix.PanelRows && (operands.Tokens == 1 || operands.Tokens == TKernel.TokenBlock);
            operands.Y = whole ? y : tile;
            operands.YStride = whole ? yStride : WeightMatrix.PanelRows;
            operands.Accumulate = whole && accumulate;
            if (operands.Tokens == 1) TKernel.MultiplyOne(operands);
            else TKernel.MultiplyMany(operands);
            if (whole) return;
            for (int token = 0; token < operands.Tokens; token++)
            {
                for (int row = 0; row < rows; row++)
                {
                    float sum = tile[(token * WeightMatrix.PanelRows) + row];
                    y[(token * yStride) + row] = accumulate ? y[(token * yStride) + row] + sum : sum;
                }
            }
        }
    }
}
