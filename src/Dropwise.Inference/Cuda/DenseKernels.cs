using Dropwise.Cuda;
using Dropwise.Cuda.Device;

namespace Dropwise.Inference.Cuda;

/// <summary>The kernels of unquantized matrices of a device, one module an element type, loaded when it is first asked for.</summary>
/// <param name="context">The context.</param>
internal sealed class DenseKernels(CudaContext context) : IDisposable
{
    // The same numbers as the device code: threads, rows of a block, and shared memory.
    private const int GemvThreads = 128;
    private const int GemmThreads = 128;
    private const int GemmTokens = 64;
    private const int GemmSharedBytes = 3 * GemmTokens * 64 * 2;
    private const int EmbeddingThreads = 256;

    private readonly Dictionary<ScalarType, CudaModule> _modules = [];

    /// <summary>The source of an element type's kernels.</summary>
    /// <param name="type">Float32, float16 or bfloat16.</param>
    /// <param name="architecture">What to compile for.</param>
    public static CompileUnit Unit(ScalarType type, string architecture) =>
        new($"dense_{type.ToString().ToLowerInvariant()}", DeviceSources.DenseUnit(), architecture) { Defines = [$"ELEMENT={ElementOf(type)}"] };

    /// <summary>Multiplies one input with one or more matrices of a type in one launch.</summary>
    /// <param name="stream">The stream, also while it captures.</param>
    /// <param name="x">The input: float32 for few tokens, halves for many.</param>
    /// <param name="matrices">1 to 4 matrices of one type and K.</param>
    /// <param name="outputs">The address of each matrix's outputs, [tokens][rows] float32.</param>
    /// <param name="add">Whether products are added to the outputs.</param>
    public void Multiply(CudaStream stream, in ActivationFormArguments x, ReadOnlySpan<DenseWeights> matrices, ReadOnlySpan<nint> outputs, bool add)
    {
        bool many = x.Kind == ActivationFormKind.Half;
        var arguments = new ProductArguments
        {
            X = x.XFloat,
            XHalf = x.XHalf,
            XHalfScales = x.XHalfScales,
            MatrixCount = matrices.Length,
            Tokens = x.Tokens,
            Columns = x.Columns,
            PaddedColumns = x.PaddedColumns,
            Add = add ? 1 : 0,
        };
        (string kernel, int unit, int tokens) = many ? ("dense_gemm", matrices[0].Type == ScalarType.Float32 ? 64 : 128, GemmTokens)
            : x.Tokens == 1 ? ("dense_gemv_t4x1", 4, 1)
            : x.Tokens <= 4 ? ("dense_gemv_t4x4", 4, 4)
            : ("dense_gemv_t2x16", 2, 16);
        int blocks = 0;
        for (int i = 0; i < matrices.Length; i++)
        {
            var matrix = new MatrixArguments { Output = outputs[i], Rows = matrices[i].Rows, OutputStride = matrices[i].Rows };
            matrix.Streams[0] = matrices[i].Address;
            arguments.Matrices[i] = matrix;
            blocks += (matrices[i].Rows + unit - 1) / unit;
        }

        LaunchShape shape = many
            ? new LaunchShape(blocks * ((x.Tokens + GemmTokens - 1) / GemmTokens), GemmThreads, GemmSharedBytes)
            : new LaunchShape(blocks, GemvThreads, GemvThreads / 32 * unit * tokens * sizeof(float));
        Module(matrices[0].Type).Kernel(kernel).LaunchWith(stream, shape, arguments);
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
    }

    private static string ElementOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => "FloatElement",
        ScalarType.Float16 => "HalfElement",
        ScalarType.BFloat16 => "BfloatElement",
        _ => throw new ArgumentException($"an unquantized matrix holds float32, float16 or bfloat16, not {type}", nameof(type)),
    };

    private CudaModule Module(ScalarType type)
    {
        if (!_modules.TryGetValue(type, out CudaModule? module))
        {
            RuntimeCompiler compiler = RuntimeCompiler.Instance;
            module = KernelCache.Default.GetOrCompile(compiler, Unit(type, compiler.ArchitectureFor(context.Device.Capability))).Load(context);
            _modules.Add(type, module);
        }

        return module;
    }
}
