using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Tests.Architectures;

/// <summary>A folder with a configuration and random tensors of all names and shapes that it asks for.</summary>
internal sealed class SyntheticModel : IDisposable
{
    /// <summary>Writes a model.</summary>
    /// <param name="config">The text of config.json.</param>
    /// <param name="prefix">What all names start with, in place of the family's first prefix.</param>
    /// <param name="leaveOut">A tensor to leave out.</param>
    public SyntheticModel(string config, string? prefix = null, string? leaveOut = null)
    {
        File.WriteAllText(Path.Combine(Folder, "config.json"), config);
        ModelConfig shape = ModelConfig.Parse("config", config);
        if (prefix is not null) shape = shape with { Names = shape.Names with { Prefixes = [prefix] } };
        var tensors = new DecoderTensors(shape, new TensorSet("none", []));
        var contents = ImmutableArray.CreateBuilder<TensorContent>();
        var random = new Random(7);
        Add(tensors.Embedding.Weight, tensors.Embedding.Rows, tensors.Embedding.Columns);
        AddNorm(tensors.FinalNorm);
        if (!shape.TiedEmbeddings) AddLinear(tensors.Head);
        for (int i = 0; i < shape.Layers; i++)
        {
            LayerTensors layer = tensors.Layer(i);
            foreach (LinearTensor linear in layer.Linears) AddLinear(linear);
            if (layer.Router is not null) AddLinear(layer.Router);
            foreach (NormTensor? norm in (NormTensor?[])[
                layer.AttentionNorm, layer.PostAttentionNorm, layer.FeedForwardNorm, layer.PostFeedForwardNorm, layer.QueryNorm, layer.KeyNorm])
                AddNorm(norm);
        }

        SafetensorsWriter.Write(Path.Combine(Folder, "model.safetensors"), contents.ToImmutable(), [], CancellationToken.None);

        void AddLinear(LinearTensor tensor)
        {
            Add(tensor.Weight, tensor.Rows, tensor.Columns);
            if (tensor.Bias is not null) Add(tensor.Bias, tensor.Rows);
        }

        void AddNorm(NormTensor? tensor)
        {
            if (tensor is null) return;
            Add(tensor.Weight, tensor.Length);
            if (tensor.Bias is not null) Add(tensor.Bias, tensor.Length);
        }

        void Add(string name, params long[] dimensions)
        {
            if (name == leaveOut) return;

            // Rows of about unit length, so that activations keep their size; vectors around one half.
            double reach = dimensions.Length == 2 ? Math.Sqrt(3.0 / dimensions[1]) : 0.5, centre = dimensions.Length == 2 ? 0 : 0.5;
            float[] values = new float[dimensions.Aggregate(1L, (a, b) => a * b)];
            for (int i = 0; i < values.Length; i++) values[i] = (float)(centre + (((random.NextDouble() * 2) - 1) * reach));
            contents.Add(new TensorContent(name, TensorType.Float32, [.. dimensions], sink => sink.Write(MemoryMarshal.AsBytes(values.AsSpan()))));
        }
    }

    /// <summary>The folder.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("dropwise-architecture-").FullName;

    /// <summary>Loads the model.</summary>
    public ModelWeights Load() => WeightLoader.Load(ModelFolder.Open(Folder));

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
