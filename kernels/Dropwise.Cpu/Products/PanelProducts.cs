using System.Runtime.CompilerServices;

namespace Dropwise.Cpu;

/// <summary>
/// The products of a set that go through float32 panels: float matrices, exact products, and many tokens where a format has no integer
/// gemm. Those that share a rotation run together.
/// </summary>
internal static unsafe class PanelProducts
{
    /// <summary>Multiplies those products of a set that have no tile kernel.</summary>
    /// <param name="team">The workers.</param>
    /// <param name="x">The activations.</param>
    /// <param name="products">The whole set.</param>
    /// <param name="precision">As for the set.</param>
    public static void Run(WorkerTeam team, Activations x, ReadOnlySpan<MatrixProduct> products, Precision precision)
    {
        var set = default(ProductSet);
        for (int first = 0; first < products.Length; first++)
        {
            InputTransform? transform = products[first].Weights.Transform;
            if (!IsPanel(products[first], x, precision) || IsEarlier(products[..first], transform, x, precision)) continue;
            int count = 0;
            for (int i = first; i < products.Length; i++)
            {
                if (!ReferenceEquals(products[i].Weights.Transform, transform) || !IsPanel(products[i], x, precision)) continue;
                if (count == ProductSet.Capacity)
                {
                    Multiply(team, x, transform, set[..count]);
                    count = 0;
                }

                set[count++] = products[i];
            }

            Multiply(team, x, transform, set[..count]);
        }
    }

    private static bool IsPanel(in MatrixProduct product, Activations x, Precision precision) =>
        precision == Precision.Exact || product.Weights is not PackedMatrix matrix || matrix.KernelFor(product.Level, x.Tokens) is null;

    private static bool IsEarlier(ReadOnlySpan<MatrixProduct> earlier, InputTransform? transform, Activations x, Precision precision)
    {
        foreach (ref readonly MatrixProduct product in earlier)
        {
            if (ReferenceEquals(product.Weights.Transform, transform) && IsPanel(product, x, precision)) return true;
        }

        return false;
    }

    private static void Multiply(WorkerTeam team, Activations x, InputTransform? transform, ReadOnlySpan<MatrixProduct> products)
    {
        float* values = x.Values;
        if (transform is not null)
        {
            x.Tasks.Clear();
            FloatForm form = x.Rotated(transform);
            var region = new TileRegion(x);
            team.Run(ref region);
            values = form.Values;
        }

        FloatGemm.Run(team, values, x.Tokens, x.Stride, products);
    }

    /// <summary>Room for the products of one rotation; more are multiplied in several sets.</summary>
    [InlineArray(Capacity)]
    private struct ProductSet
    {
        /// <summary>Products of a set.</summary>
        public const int Capacity = 8;

        private MatrixProduct _first;
    }
}
