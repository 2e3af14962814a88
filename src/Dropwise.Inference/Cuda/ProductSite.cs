using Dropwise.Cuda;

namespace Dropwise.Inference.Cuda;

/// <summary>
/// The matrices that read one input: q, k and v, gate and up, or one alone. Those that read the same form of it are one launch; where
/// formats or rotations differ, the input is made once for each form.
/// </summary>
internal sealed class ProductSite
{
    private readonly DeviceWeights[] _matrices;
    private readonly int[][] _launches;

    /// <summary>Groups the matrices.</summary>
    /// <param name="matrices">The matrices, which the model owns.</param>
    public ProductSite(params DeviceWeights[] matrices)
    {
        _matrices = matrices;
        _launches =
        [
            .. Enumerable.Range(0, matrices.Length).GroupBy(i => KeyOf(matrices[i])).SelectMany(static group => group.Chunk(ProductArguments.MaxMatrices)),
        ];
    }

    /// <summary>The matrices.</summary>
    public IReadOnlyList<DeviceWeights> Matrices => _matrices;

    /// <summary>Bytes of weights that one product at a level reads.</summary>
    /// <param name="level">From 1; matrices with fewer are read whole.</param>
    public long BytesRead(int level) => _matrices.Sum(matrix => matrix.BytesRead(Math.Min(level, matrix.Levels)));

    /// <summary>Makes the input and multiplies.</summary>
    /// <param name="engine">The device.</param>
    /// <param name="activations">Memory for the input's forms.</param>
    /// <param name="input">Where the input comes from.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="level">The level; matrices with fewer are read whole.</param>
    /// <param name="outputs">The address of each matrix's outputs, [tokens][rows] float32.</param>
    /// <param name="add">Whether products are added to the outputs.</param>
    /// <typeparam name="T">The kernel that makes the input.</typeparam>
    public void Multiply<T>(
        DeviceEngine engine, DeviceActivations activations, in T input, int tokens, int level, ReadOnlySpan<nint> outputs, bool add = false)
        where T : unmanaged, IFormArguments
    {
        foreach (int[] launch in _launches)
        {
            if (_matrices[launch[0]] is PackedWeights packed)
            {
                ActivationFormArguments form = activations.FormFor(packed.Matrix, tokens);
                engine.Model.MakeForm(engine.Stream, input, form);
                MultiplyPacked(engine, form, launch, Math.Min(level, packed.Levels), outputs, add);
            }
            else
            {
                ActivationFormKind kind = engine.Dense.KindFor(((DenseWeights)_matrices[launch[0]]).Type, tokens);
                ActivationFormArguments form = activations.Form(kind, tokens, _matrices[launch[0]].Columns, 0, null);
                engine.Model.MakeForm(engine.Stream, input, form);
                MultiplyDense(engine, form, launch, outputs, add);
            }
        }
    }

    /// <summary>The products of quantized matrices, launch by launch, for the tuner.</summary>
    /// <param name="outputs">The address of memory that any output fits in.</param>
    public IEnumerable<DeviceProduct[]> Launches(nint outputs) =>
        from launch in _launches
        where _matrices[launch[0]] is PackedWeights
        select launch.Select(i => ((PackedWeights)_matrices[i]).Matrix).Select(matrix => new DeviceProduct(matrix, outputs, matrix.Rows)).ToArray();

    /// <summary>What matrices of one launch have in common.</summary>
    private static (object Format, object? Rotation) KeyOf(DeviceWeights weights) => weights is PackedWeights { Matrix: DeviceMatrix matrix }
        ? ((matrix.Format, matrix.Levels), matrix.Rotation)
        : (((DenseWeights)weights).Type, null);

    private void MultiplyPacked(DeviceEngine engine, in ActivationFormArguments form, int[] launch, int level, ReadOnlySpan<nint> outputs, bool add)
    {
        var products = new ProductList();
        for (int i = 0; i < launch.Length; i++)
        {
            DeviceMatrix matrix = ((PackedWeights)_matrices[launch[i]]).Matrix;
            products[i] = new DeviceProduct(matrix, outputs[launch[i]], matrix.Rows);
        }

        engine.Products.Multiply(engine.Stream, level, form, products[..launch.Length], add);
    }

    private void MultiplyDense(DeviceEngine engine, in ActivationFormArguments form, int[] launch, ReadOnlySpan<nint> outputs, bool add)
    {
        var matrices = new DenseList();
        Span<nint> addresses = stackalloc nint[launch.Length];
        for (int i = 0; i < launch.Length; i++)
        {
            matrices[i] = (DenseWeights)_matrices[launch[i]];
            addresses[i] = outputs[launch[i]];
        }

        engine.Dense.Multiply(engine.Stream, form, matrices[..launch.Length], addresses, add);
    }

    /// <summary>The products of a launch, on the stack: a token makes hundreds.</summary>
    [System.Runtime.CompilerServices.InlineArray(ProductArguments.MaxMatrices)]
    private struct ProductList
    {
        private DeviceProduct _first;
    }

    [System.Runtime.CompilerServices.InlineArray(ProductArguments.MaxMatrices)]
    private struct DenseList
    {
        private DenseWeights _first;
    }
}
