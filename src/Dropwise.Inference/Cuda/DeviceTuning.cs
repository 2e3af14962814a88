using Dropwise.Cuda;

namespace Dropwise.Inference.Cuda;

/// <summary>Measures the launches of one token's products on the weights of the model itself.</summary>
internal static class DeviceTuning
{
    /// <summary>Tunes every site of the layers and the head; experts, which each token chooses anew, run with default launches.</summary>
    /// <param name="model">The model on the device.</param>
    /// <param name="level">The level.</param>
    public static void Run(DeviceModel model, int level)
    {
        DeviceEngine engine = model.Engine;
        DeviceWeights[] matrices = [.. model.Layers.SelectMany(static layer => layer.Sites).Append(model.Head).SelectMany(static site => site.Matrices)];
        int columns = matrices.Max(static matrix => matrix.Columns), rows = matrices.Max(static matrix => matrix.Rows);
        using var activations = new DeviceActivations(engine.Context, 1, columns);
        using var outputs = new DeviceBuffer(engine.Context, (long)rows * sizeof(float));

        // The sites of all layers in turn, so that weights come from memory as they do while decoding.
        IEnumerable<ProductSite>[] sites =
        [
            model.Layers.Select(static layer => layer.Attention),
            model.Layers.Select(static layer => layer.AttentionOutput),
            model.Layers.Select(static layer => layer.FeedForward?.Inputs).OfType<ProductSite>(),
            model.Layers.Select(static layer => layer.FeedForward?.Down).OfType<ProductSite>(),
            [model.Head],
        ];
        foreach (IEnumerable<ProductSite> site in sites)
        {
            // Matrices of other shapes or formats in the same place are other launches.
            IEnumerable<IGrouping<string, DeviceProduct[]>> shapes = site.SelectMany(each => each.Launches(outputs.Pointer))
                .GroupBy(static products => string.Join(' ', products.Select(static product => $"{product.Matrix.Format.Descriptor.Name} {product.Matrix.Levels} {product.Matrix.Rows}")));
            foreach (IGrouping<string, DeviceProduct[]> shape in shapes)
            {
                DeviceProduct[][] rotation = [.. shape];
                DeviceMatrix first = rotation[0][0].Matrix;
                engine.Products.Tune(engine.Stream, Math.Min(level, first.Levels), activations.FormFor(first, 1), rotation);
            }
        }
    }
}
