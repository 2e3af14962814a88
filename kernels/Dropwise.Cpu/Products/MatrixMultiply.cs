namespace Dropwise.Cpu;

/// <summary>
/// Products of matrices of any form with one input: the only entry that an engine uses. Products that read the same input belong in one
/// call, because what is done to the activations first then runs once for all of them.
/// </summary>
public static unsafe class MatrixMultiply
{
    /// <summary>Multiplies. No managed allocation once buffers have grown.</summary>
    /// <param name="team">The workers; tiles of rows are split over them.</param>
    /// <param name="x">The activations, [tokens, K].</param>
    /// <param name="products">The matrices, all of K columns, each with its level and output.</param>
    /// <param name="precision">Whether activations may be rounded.</param>
    /// <exception cref="ArgumentException">A matrix has other columns than the activations, or an output stride is shorter than its rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A level is not present.</exception>
    public static void Run(WorkerTeam team, Activations x, ReadOnlySpan<MatrixProduct> products, Precision precision)
    {
        foreach (ref readonly MatrixProduct product in products) Check(product, x);
        TileTaskList tasks = x.Tasks;
        tasks.Clear();
        int panels = 0;
        foreach (ref readonly MatrixProduct product in products)
        {
            KernelEntry? kernel = precision == Precision.Fast && product.Weights is PackedMatrix candidate
                ? candidate.KernelFor(product.Level, x.Tokens)
                : null;
            if (kernel is null)
            {
                panels++;
                continue;
            }

            var matrix = (PackedMatrix)product.Weights;
            AddTask(x, product, matrix, matrix.Cheaper(kernel, SharingRows(products, matrix), team.Workers));
        }

        if (tasks.Count != 0)
        {
            var region = new TileRegion(x);
            team.Run(ref region);
        }

        if (panels != 0) PanelProducts.Run(team, x, products, precision);
    }

    /// <summary>Multiplies one matrix by a kernel of the caller's choice: how tests and benchmarks reach each of them.</summary>
    /// <param name="team">The workers.</param>
    /// <param name="x">The activations, [tokens, K].</param>
    /// <param name="product">A packed matrix at the kernel's level.</param>
    /// <param name="kernel">A gemv or gemm of the matrix's format; the processor must have its instruction set.</param>
    /// <exception cref="ArgumentException">The shapes do not match, or the kernel belongs to another format, level or op.</exception>
    public static void Run(WorkerTeam team, Activations x, in MatrixProduct product, KernelEntry kernel)
    {
        Check(product, x);
        bool multiplies = kernel.Op is KernelOp.Gemv or KernelOp.Gemm && kernel.Level == product.Level;
        if (!multiplies || product.Weights is not PackedMatrix matrix || !matrix.Format.Kernels.Contains(kernel))
            throw new ArgumentException($"{kernel.Name} does not multiply a matrix of {product.Weights.GetType().Name} at level {product.Level}", nameof(kernel));
        x.Tasks.Clear();
        AddTask(x, product, matrix, kernel);
        var region = new TileRegion(x);
        team.Run(ref region);
    }

    private static void AddTask(Activations x, in MatrixProduct product, PackedMatrix matrix, KernelEntry kernel) =>
        x.Tasks.Add(product, matrix, kernel, x.Form(matrix, kernel));

    /// <summary>Rows of all matrices of a call that would read the same product tables.</summary>
    private static int SharingRows(ReadOnlySpan<MatrixProduct> products, PackedMatrix matrix)
    {
        int rows = 0;
        foreach (ref readonly MatrixProduct product in products)
        {
            if (product.Weights is PackedMatrix other && ReferenceEquals(other.Codebooks, matrix.Codebooks) && ReferenceEquals(other.Transform, matrix.Transform))
                rows += other.Rows;
        }

        return rows;
    }

    private static void Check(in MatrixProduct product, Activations x)
    {
        WeightMatrix weights = product.Weights;
        if (weights.Columns != x.Columns)
            throw new ArgumentException($"activations of {x.Columns} inputs for a matrix of {weights.Columns} columns");
        if (product.OutputStride < weights.Rows)
            throw new ArgumentException($"an output stride of {product.OutputStride} is shorter than {weights.Rows} rows");
        ArgumentOutOfRangeException.ThrowIfLessThan(product.Level, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(product.Level, weights.Levels);
    }
}
