using System.Collections.Immutable;
using Dropwise.Cuda;
using Dropwise.Inference.Cuda;

namespace Dropwise.Inference.Verification;

/// <summary>
/// Unquantized matrices of every element type on a CUDA device: products beside float64 sums, rows of an embedding bit by bit. Bfloat16 is multiplied by
/// the project's kernels and by cuBLAS, which models use where it is installed.
/// </summary>
public static class DenseConformance
{
    /// <summary>The element types, in the order of the checks.</summary>
    public static ImmutableArray<ScalarType> Types { get; } = [ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float32];

    // Tails of rows and inputs in every tile, the shapes of small models, and more tiles of 128 rows than the largest devices have multiprocessors.
    private static readonly (int Rows, int Columns)[] Shapes = [(33, 40), (131, 328), (576, 576), (1536, 576), (576, 1536), (17000, 64)];

    /// <summary>Runs all checks.</summary>
    /// <param name="context">The device.</param>
    /// <param name="seed">Decides the values.</param>
    /// <param name="report">Receives each check as it is known.</param>
    /// <exception cref="CudaLibraryException">NVRTC was not found.</exception>
    /// <exception cref="CudaException">The device refuses.</exception>
    public static void Run(CudaContext context, int seed, Action<DenseCheck> report)
    {
        using var stream = new CudaStream(context);
        using var programs = new DevicePrograms(context);
        using var uploader = new DenseUploader(stream);
        using var own = new DenseKernels(context, null);
        using DenseKernels? blas = CudaBlas.IsPresent ? new DenseKernels(context, new CudaBlas(context)) : null;

        // All at once on the cores of the machine; whoever asks afterwards finds them compiled.
        CompileUnit[] units =
            [.. from type in Types from chosen in (bool[])[false, true] select DenseKernels.Unit(type, programs.Architecture, chosen)];
        KernelCache.Default.GetOrCompile(RuntimeCompiler.Instance, units);
        var forms = new PlainForm(programs);
        foreach (ScalarType type in Types)
        {
            foreach ((int rows, int columns) in Shapes)
            {
                using var problem = new DenseProblem(type, rows, columns, seed);
                using var checks = new DenseMatrixChecks(problem, stream, forms, uploader, report);
                checks.Multiply(own);
                checks.MultiplyChosen(own);
                checks.Embed(own);
                if (type == ScalarType.BFloat16 && blas is not null) checks.Multiply(blas);
            }

            if (type == ScalarType.BFloat16 && blas is null) report(new DenseCheck { Name = "products by cuBLAS", Type = type, Skipped = "cuBLAS is not installed" });
        }
    }
}
