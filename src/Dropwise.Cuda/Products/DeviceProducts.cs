using System.Globalization;
using System.Numerics;
using Dropwise.Cpu;

namespace Dropwise.Cuda;

/// <summary>
/// Products and dequantizations of matrices in device memory: chooses the kernel by format, level and tokens, and the launch by what was
/// measured. Calls only put work into a stream, so that they can be captured; for one thread at a time.
/// </summary>
/// <param name="programs">The programs of the context.</param>
/// <param name="blas">What multiplies decoded matrices with many tokens; null for kernels alone. The caller goes on owning it.</param>
/// <param name="tuning">Measured launches; null for those of the user.</param>
public sealed class DeviceProducts(DevicePrograms programs, CudaBlas? blas = null, TuningCache? tuning = null) : IDisposable
{
    /// <summary>
    /// Tokens from which decoding a matrix for cuBLAS, which costs as much as writing and reading it once, is paid back by its faster product.
    /// </summary>
    public const int LeastBlasTokens = 768;

    private readonly Dictionary<(FormatRow Row, int Level, ActivationFormKind Kind, int Tokens), ProductKernel> _chosen = [];
    private readonly Dictionary<(CudaKernelEntry Entry, bool Chosen), ProductKernel> _kernels = [];
    private readonly Dictionary<(ProductKernel Kernel, int Rows, int Matrices, int Columns, int Tokens), LaunchChoice> _launches = [];
    private readonly TuningCache _tuning = tuning ?? TuningCache.Default;
    private DeviceBuffer? _decoded;

    /// <summary>The programs.</summary>
    public DevicePrograms Programs => programs;

    /// <summary>The highest <see cref="CudaKernelEntry.Architecture"/> that runs on the device: code for sm_90a runs on Hopper and nothing newer.</summary>
    public int Architecture => programs.Context.Device.Capability is { Major: 9, Minor: 0 } ? 90 : 80;

    /// <summary>The form that is fastest for products with a quantized matrix.</summary>
    /// <param name="tokens">Tokens M.</param>
    public ActivationFormKind KindFor(int tokens) =>
        blas is not null && tokens >= LeastBlasTokens ? ActivationFormKind.HalfRows : DeviceActivations.KindFor(tokens);

    /// <summary>The kernel that a product uses; through cuBLAS, the one that decodes the matrix.</summary>
    /// <param name="row">The format.</param>
    /// <param name="level">From 1.</param>
    /// <param name="kind">The form of the activations.</param>
    /// <param name="tokens">Tokens M.</param>
    /// <exception cref="CudaLibraryException">The format has no such kernel.</exception>
    public CudaKernelEntry KernelFor(FormatRow row, int level, ActivationFormKind kind, int tokens) => Choose(row, level, kind, tokens).Entry;

    /// <summary>Multiplies one input with one or more matrices in one launch.</summary>
    /// <param name="stream">The stream, also while it captures.</param>
    /// <param name="level">The level to read all matrices at, from 1.</param>
    /// <param name="x">The input in the form that <see cref="DeviceActivations.FormFor"/> names, of the first matrix or any other.</param>
    /// <param name="products">1 to 4 matrices of one format, K and rotation.</param>
    /// <param name="add">Whether products are added to the outputs instead of overwriting them.</param>
    /// <exception cref="ArgumentException">The matrices do not go together, or not with the input.</exception>
    public void Multiply(CudaStream stream, int level, in ActivationFormArguments x, ReadOnlySpan<DeviceProduct> products, bool add = false)
    {
        ProductArguments arguments = Arguments(level, x, products, add);
        if (x.Kind == ActivationFormKind.HalfRows)
        {
            foreach (DeviceProduct product in products) MultiplyDecoded(stream, level, x, product, add);
            return;
        }

        ProductKernel kernel = Choose(products[0].Matrix.Format, level, x.Kind, x.Tokens);
        kernel.Kernel.LaunchWith(stream, kernel.Shape(LaunchOf(kernel, arguments), ref arguments), arguments);
    }

    /// <summary>
    /// Multiplies the input of one token with matrices that numbers in device memory choose, so that a captured graph serves every choice. The launch is the
    /// default one.
    /// </summary>
    /// <param name="stream">The stream, also while it captures.</param>
    /// <param name="level">The level to read all matrices at, from 1.</param>
    /// <param name="x">The input, as for any matrix of the tables.</param>
    /// <param name="products">1 to 4 products with tables of one format, K and rotation.</param>
    /// <param name="add">Whether products are added to the outputs.</param>
    public void MultiplyChosen(CudaStream stream, int level, in ActivationFormArguments x, ReadOnlySpan<ChosenProduct> products, bool add = false)
    {
        var arguments = ProductArguments.Of(x, products.Length, add);
        for (int i = 0; i < products.Length; i++) arguments.Matrices[i] = products[i].Arguments;
        FormatRow format = products[0].Table.Format;
        ProductKernel kernel = Kernel(format, Find(format, KernelOp.Gemv, level, ActivationKind.Split16, 1), chosen: true);
        kernel.Kernel.LaunchWith(stream, kernel.Shape(kernel.Default, ref arguments), arguments);
    }

    /// <summary>Multiplies with a given kernel, under its default launch; for checks of every kernel.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="entry">A gemv or gemm of the matrices' format.</param>
    /// <param name="x">The input in the form that the kernel reads.</param>
    /// <param name="products">1 to 4 matrices of one format, K and rotation.</param>
    /// <param name="add">Whether products are added to the outputs.</param>
    public void MultiplyWith(CudaStream stream, CudaKernelEntry entry, in ActivationFormArguments x, ReadOnlySpan<DeviceProduct> products, bool add = false)
    {
        ProductArguments arguments = Arguments(entry.Level, x, products, add);
        ProductKernel kernel = Kernel(products[0].Matrix.Format, entry);
        kernel.Kernel.LaunchWith(stream, kernel.Shape(kernel.Default, ref arguments), arguments);
    }

    /// <summary>
    /// Finds the fastest launch for products of these shapes, unless it is known already. The outputs are overwritten, or added to, many times.
    /// </summary>
    /// <param name="stream">The stream; idle.</param>
    /// <param name="level">The level, from 1.</param>
    /// <param name="x">The input.</param>
    /// <param name="rotation">
    /// Sets of matrices of the same shapes, such as the q, k and v of all layers: together more than the second-level cache holds, or what is
    /// measured is not what decoding sees.
    /// </param>
    public void Tune(CudaStream stream, int level, ActivationFormArguments x, IReadOnlyList<DeviceProduct[]> rotation)
    {
        if (x.Kind == ActivationFormKind.HalfRows) return;
        ProductKernel kernel = Choose(rotation[0][0].Matrix.Format, level, x.Kind, x.Tokens);
        ProductArguments[] sets = [.. rotation.Select(products => Arguments(level, x, products, add: false))];
        string key = Key(kernel, sets[0]);
        if (kernel.Candidates.Length == 1 || _tuning.Find(key) is not null) return;
        LaunchChoice fastest = LaunchTuner.Fastest(stream, kernel.Candidates, choice =>
        {
            for (int i = 0; i < sets.Length; i++)
            {
                LaunchShape shape = kernel.Shape(choice, ref sets[i]);
                kernel.Kernel.LaunchWith(stream, shape, sets[i]);
            }
        });
        _tuning.Add(key, fastest);
        _launches.Clear();
    }

    /// <summary>Decodes rows, as embeddings and checks do.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="matrix">The matrix.</param>
    /// <param name="level">From 1.</param>
    /// <param name="toHalf">Whether to write float16 instead of float32.</param>
    /// <param name="rows">The device address of int32 row numbers, or 0 for the first <paramref name="count"/> rows.</param>
    /// <param name="count">Rows to decode.</param>
    /// <param name="output">The device address of [count][K].</param>
    public void Dequantize(CudaStream stream, DeviceMatrix matrix, int level, bool toHalf, nint rows, int count, nint output)
    {
        ProductKernel kernel = Kernel(matrix.Format, Find(matrix.Format, KernelOp.Dequantize, level, toHalf ? ActivationKind.Half : ActivationKind.Float32, 0));
        Dequantize(stream, kernel, new DequantizeArguments(matrix.Arguments(0, 0), matrix.Columns, matrix.PaddedColumns, rows, count, output));
    }

    /// <inheritdoc/>
    public void Dispose() => _decoded?.Dispose();

    private static unsafe void Dequantize(CudaStream stream, ProductKernel kernel, DequantizeArguments arguments)
    {
        // A listed row needs its whole tile; without a list, rows of a tile are decoded together.
        int rows = arguments.Rows == 0 ? kernel.Launch.Rows : 1;
        LaunchShape shape = kernel.Shape(kernel.Default, (arguments.Count + rows - 1) / rows);
        void** parameters = stackalloc void*[] { &arguments.Matrix, &arguments.Columns, &arguments.PaddedColumns, &arguments.Rows, &arguments.Count, &arguments.Output };
        kernel.Kernel.LaunchRaw(stream, shape, parameters);
    }

    private static ProductArguments Arguments(int level, in ActivationFormArguments x, ReadOnlySpan<DeviceProduct> products, bool add)
    {
        var arguments = ProductArguments.Of(x, products.Length, add);
        DeviceMatrix first = products[0].Matrix;

        // Kernels know the run of their format and read whatever lies there.
        if (x.Kind == ActivationFormKind.Split16 && x.SumRun != first.Program.SumRun)
        {
            throw new ArgumentException(
                $"an input with sums of {x.SumRun} inputs in a product of {first.Format.Descriptor.Name}, which reads sums of {first.Program.SumRun}", nameof(x));
        }

        for (int i = 0; i < products.Length; i++)
        {
            DeviceMatrix matrix = products[i].Matrix;
            if (matrix.Format != first.Format || matrix.Columns != x.Columns || matrix.Levels < level || matrix.Rotation != first.Rotation)
            {
                throw new ArgumentException(
                    $"a matrix of {matrix.Format.Descriptor.Name}, {matrix.Columns} inputs and {matrix.Levels} levels in a product of "
                    + $"{first.Format.Descriptor.Name} with {x.Columns} inputs at level {level}",
                    nameof(products));
            }

            arguments.Matrices[i] = matrix.Arguments(products[i].Output, products[i].OutputStride);
        }

        return arguments;
    }

    private ProductKernel Choose(FormatRow row, int level, ActivationFormKind kind, int tokens)
    {
        // Kernels differ by the power of two that their tile of tokens is.
        (FormatRow, int, ActivationFormKind, int) key = (row, level, kind, (int)BitOperations.RoundUpToPowerOf2((uint)tokens));
        if (_chosen.TryGetValue(key, out ProductKernel? kernel)) return kernel;
        KernelOp op = kind switch
        {
            ActivationFormKind.Split16 => KernelOp.Gemv,
            ActivationFormKind.HalfRows => KernelOp.Dequantize,
            _ => KernelOp.Gemm,
        };
        kernel = Kernel(row, Find(row, op, level, op == KernelOp.Gemv ? ActivationKind.Split16 : ActivationKind.Half, tokens));
        _chosen.Add(key, kernel);
        return kernel;
    }

    private CudaKernelEntry Find(FormatRow row, KernelOp op, int level, ActivationKind activation, int tokens) =>
        DevicePrograms.ProgramOf(row).Find(op, level, activation, tokens, Architecture)
            ?? throw new CudaLibraryException($"{row.Descriptor.Name} has no {op} of {activation} at level {level} for devices");

    /// <summary>Decodes a matrix into scratch memory, and lets cuBLAS multiply it there.</summary>
    private void MultiplyDecoded(CudaStream stream, int level, in ActivationFormArguments x, DeviceProduct product, bool add)
    {
        if (blas is null) throw new ArgumentException($"{x.Kind} activations are for cuBLAS, which these products do without", nameof(x));
        DeviceMatrix matrix = product.Matrix;
        long bytes = (long)matrix.Rows * matrix.Columns * sizeof(ushort);
        if (_decoded is null || _decoded.ByteLength < bytes)
        {
            // Freeing waits for the products that still read the smaller one.
            _decoded?.Dispose();
            _decoded = null;
            _decoded = new DeviceBuffer(programs.Context, bytes);
        }

        Dequantize(stream, matrix, level, toHalf: true, 0, matrix.Rows, _decoded.Pointer);
        blas.Multiply(
            stream, _decoded.Pointer, matrix.Columns, x.XHalf, x.PaddedColumns, ScalarType.Float16,
            product.Output, product.OutputStride, ScalarType.Float32, matrix.Rows, matrix.Columns, x.Tokens, add, x.XHalfScales + sizeof(float));
    }

    private ProductKernel Kernel(FormatRow row, CudaKernelEntry entry, bool chosen = false)
    {
        if (!_kernels.TryGetValue((entry, chosen), out ProductKernel? kernel))
        {
            kernel = new ProductKernel(programs.Module(row, entry.Level, chosen), entry);
            _kernels.Add((entry, chosen), kernel);
        }

        return kernel;
    }

    /// <summary>The launch to use, looked up in the measurements once a shape: a token launches hundreds of kernels.</summary>
    private LaunchChoice LaunchOf(ProductKernel kernel, in ProductArguments arguments)
    {
        if (kernel.Candidates.Length == 1) return kernel.Default;
        int rows = 0;
        for (int i = 0; i < arguments.MatrixCount; i++) rows += arguments.Matrices[i].Rows;
        (ProductKernel, int, int, int, int) shape = (kernel, rows, arguments.MatrixCount, arguments.Columns, arguments.Tokens);
        if (!_launches.TryGetValue(shape, out LaunchChoice choice))
        {
            LaunchChoice? known = _tuning.Find(Key(kernel, arguments));
            choice = known is { } measured && kernel.Candidates.Contains(measured) ? measured : kernel.Default;
            _launches.Add(shape, choice);
        }

        return choice;
    }

    private string Key(ProductKernel kernel, in ProductArguments arguments)
    {
        int rows = 0;
        for (int i = 0; i < arguments.MatrixCount; i++) rows += arguments.Matrices[i].Rows;
        string shape = string.Create(CultureInfo.InvariantCulture, $"{rows} rows of {arguments.MatrixCount}, {arguments.Columns} inputs, {arguments.Tokens} tokens");
        return TuningCache.Key(programs.Context.Device, kernel.Kernel, kernel.Launch.SharedBytesOf(kernel.Default.Warps * 32), shape);
    }
}
