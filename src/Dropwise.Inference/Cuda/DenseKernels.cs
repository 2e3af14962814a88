using System.Collections.Immutable;
using Dropwise.Cuda;
using Dropwise.Cuda.Device;

namespace Dropwise.Inference.Cuda;

/// <summary>The kernels of unquantized matrices of a device, one module an element type, loaded when it is first asked for.</summary>
/// <param name="context">The context.</param>
/// <param name="blas">What multiplies bfloat16 matrices instead, or null; disposed of with this.</param>
internal sealed class DenseKernels(CudaContext context, CudaBlas? blas) : IDisposable
{
    // The same number as the device code.
    private const int EmbeddingThreads = 256;

    private readonly Dictionary<(ScalarType Type, bool Chosen), CudaModule> _modules = [];
    private readonly Dictionary<(ScalarType Type, string Name), KernelLaunch> _launches = [];

    /// <summary>The source of an element type's kernels.</summary>
    /// <param name="type">Float32, float16 or bfloat16.</param>
    /// <param name="architecture">What to compile for.</param>
    /// <param name="chosen">Whether matrices are those that a number in device memory chooses from a <see cref="MatrixTable"/>.</param>
    public static CompileUnit Unit(ScalarType type, string architecture, bool chosen = false)
    {
        ImmutableArray<string> defines = [$"ELEMENT={ElementOf(type)}", $"ELEMENT_BYTES={FormatDescriptor.BitsOf(type) / 8}"];
        return new CompileUnit($"dense_{type.ToString().ToLowerInvariant()}{(chosen ? "_chosen" : "")}", DeviceSources.DenseUnit(), architecture)
        {
            Defines = chosen ? [.. defines, MatrixTable.Define] : defines,
        };
    }

    /// <summary>The form that products read.</summary>
    /// <param name="type">The matrices' element type.</param>
    /// <param name="tokens">Tokens.</param>
    public ActivationFormKind KindFor(ScalarType type, int tokens) =>
        blas is not null && type == ScalarType.BFloat16 ? ActivationFormKind.BFloat16
        : type == ScalarType.Float32 || tokens <= DeviceActivations.MaxSplitTokens ? ActivationFormKind.Float32
        : ActivationFormKind.Half;

    /// <summary>Multiplies one input with one or more matrices of a type, in one launch unless cuBLAS does it.</summary>
    /// <param name="stream">The stream, also while it captures.</param>
    /// <param name="x">The input in the form of <see cref="KindFor"/>.</param>
    /// <param name="matrices">1 to 4 matrices of one type and K.</param>
    /// <param name="outputs">The address of each matrix's outputs, [tokens][rows] float32.</param>
    /// <param name="add">Whether products are added to the outputs.</param>
    public void Multiply(CudaStream stream, in ActivationFormArguments x, ReadOnlySpan<DenseWeights> matrices, ReadOnlySpan<nint> outputs, bool add)
    {
        if (x.Kind == ActivationFormKind.BFloat16)
        {
            for (int i = 0; i < matrices.Length; i++)
            {
                blas!.Multiply(
                    stream, matrices[i].Address, x.Columns, x.XHalf, x.PaddedColumns, ScalarType.BFloat16,
                    outputs[i], matrices[i].Rows, ScalarType.Float32, matrices[i].Rows, x.Columns, x.Tokens, add);
            }

            return;
        }

        var arguments = ProductArguments.Of(x, matrices.Length, add);
        for (int i = 0; i < matrices.Length; i++)
        {
            var matrix = new MatrixArguments { Output = outputs[i], Rows = matrices[i].Rows, OutputStride = matrices[i].Rows };
            matrix.Streams[0] = matrices[i].Address;
            arguments.Matrices[i] = matrix;
        }

        string kernel = x.Kind == ActivationFormKind.Half ? "dense_gemm" : x.Tokens == 1 ? "dense_gemv_t1" : x.Tokens <= 4 ? "dense_gemv_t4" : "dense_gemv_t16";
        Launch(stream, matrices[0].Type, kernel, arguments, chosen: false);
    }

    /// <summary>Multiplies the input of one token with matrices that numbers in device memory choose.</summary>
    /// <param name="stream">The stream, also while it captures.</param>
    /// <param name="type">The matrices' element type.</param>
    /// <param name="x">The input as <see cref="ActivationFormKind.Float32"/>.</param>
    /// <param name="products">1 to 4 products with tables of one K.</param>
    /// <param name="add">Whether products are added to the outputs.</param>
    public void MultiplyChosen(CudaStream stream, ScalarType type, in ActivationFormArguments x, ReadOnlySpan<ChosenProduct> products, bool add)
    {
        var arguments = ProductArguments.Of(x, products.Length, add);
        for (int i = 0; i < products.Length; i++) arguments.Matrices[i] = products[i].Arguments;
        Launch(stream, type, "dense_gemv_t1", arguments, chosen: true);
    }

    /// <summary>Reads rows of an embedding.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="table">The embedding.</param>
    /// <param name="tokens">The address of int32 row numbers.</param>
    /// <param name="count">Rows.</param>
    /// <param name="output">The address of [count][columns] float32.</param>
    public void Embed(CudaStream stream, DenseWeights table, nint tokens, int count, nint output) =>
        Module(table.Type).Kernel("embedding_rows").LaunchWith(
            stream,
            new LaunchShape(count, EmbeddingThreads),
            new EmbeddingArguments { Table = table.Address, Tokens = tokens, Output = output, Columns = table.Columns });

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (CudaModule module in _modules.Values) module.Dispose();
        blas?.Dispose();
    }

    private static string ElementOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => "FloatElement",
        ScalarType.Float16 => "HalfElement",
        ScalarType.BFloat16 => "BfloatElement",
        _ => throw new ArgumentException($"an unquantized matrix holds float32, float16 or bfloat16, not {type}", nameof(type)),
    };

    private void Launch(CudaStream stream, ScalarType type, string kernel, in ProductArguments arguments, bool chosen)
    {
        CudaModule module = Module(type, chosen);
        if (!_launches.TryGetValue((type, kernel), out KernelLaunch launch))
        {
            launch = module.Read<KernelLaunch>($"{kernel}_launch");
            _launches.Add((type, kernel), launch);
        }

        int blocks = 0;
        for (int i = 0; i < arguments.MatrixCount; i++) blocks += (arguments.Matrices[i].Rows + launch.Rows - 1) / launch.Rows;
        blocks *= (arguments.Tokens + launch.Tokens - 1) / launch.Tokens;
        if (launch.Blocks != 0) blocks = Math.Min(blocks, launch.Blocks * context.Device.Multiprocessors);
        module.Kernel(kernel).LaunchWith(stream, new LaunchShape(blocks, launch.Threads, launch.SharedBytes), arguments);
    }

    private CudaModule Module(ScalarType type, bool chosen = false)
    {
        if (!_modules.TryGetValue((type, chosen), out CudaModule? module))
        {
            RuntimeCompiler compiler = RuntimeCompiler.Instance;
            module = KernelCache.Default.GetOrCompile(compiler, Unit(type, compiler.ArchitectureFor(context.Device.Capability), chosen)).Load(context);
            _modules.Add((type, chosen), module);
        }

        return module;
    }
}
