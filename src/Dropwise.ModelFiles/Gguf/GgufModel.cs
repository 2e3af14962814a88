using System.Collections.Frozen;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>
/// A model in GGUF files, read in place: quantized matrices keep their blocks, tensors go by the names of Hugging Face models, and metadata become the
/// JSON texts that such a model has.
/// </summary>
public sealed class GgufModel : ModelSource
{
    // No matrix of an expert is smaller than the blocks that matrices are made of; without a bound, a small file could claim millions.
    private const long LeastExpertElements = 32;

    private readonly List<GgufFile> _files;

    private GgufModel(string path, List<GgufFile> files, ModelTexts texts, TensorSet tensors, FrozenDictionary<string, CheckpointMatrix> matrices)
        : base(path, texts, tensors, matrices)
    {
        _files = files;
    }

    /// <summary>The metadata of the first file.</summary>
    public GgufMetadata Metadata => _files[0].Metadata;

    /// <summary>All tensors of all files, under their names in the files.</summary>
    public IEnumerable<GgufTensor> Contents => _files.SelectMany(static file => file.Tensors);

    /// <summary>Opens a model.</summary>
    /// <param name="path">The file, or any part of a split one.</param>
    /// <param name="registry">The formats that this program knows.</param>
    /// <exception cref="ModelFileException">A file is missing or broken, or the architecture is not supported.</exception>
    public static GgufModel Open(string path, FormatRegistry registry)
    {
        var files = new List<GgufFile>();
        try
        {
            GgufParts.Open(path, registry, files);
            GgufMetadata metadata = files[0].Metadata;
            var all = new OrderedDictionary<string, GgufTensor>(StringComparer.Ordinal);
            foreach (GgufTensor tensor in files.SelectMany(static file => file.Tensors))
            {
                if (!all.TryAdd(tensor.Name, tensor)) throw new ModelFileException(path, tensor.Name, "is there twice");
            }

            string config = GgufConfig.Write(path, metadata, all);
            (TensorSet tensors, FrozenDictionary<string, CheckpointMatrix> matrices) = Named(path, all.Values, ModelConfig.Parse($"{path} (config)", config));
            ModelTexts texts = GgufTokenizer.Texts(path, metadata, config);
            return new GgufModel(path, files, texts, tensors, matrices);
        }
        catch
        {
            foreach (GgufFile file in files) file.Dispose();
            throw;
        }
    }

    /// <summary>The tensors under the names of Hugging Face models, those of experts one by one.</summary>
    private static (TensorSet Tensors, FrozenDictionary<string, CheckpointMatrix> Matrices) Named(string path, IEnumerable<GgufTensor> all, ModelConfig config)
    {
        var names = new GgufNames(config);
        var views = new List<TensorView>();
        var matrices = new List<CheckpointMatrix>();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (GgufTensor tensor in all)
        {
            if (!names.IsExperts(tensor.Name))
            {
                Add(tensor, names.ToHuggingFace(tensor.Name));
                continue;
            }

            RequireExperts(path, tensor, config);
            for (int expert = 0; expert < tensor.Shape[0]; expert++) Add(tensor.Element(expert), names.ToHuggingFace(tensor.Name, expert));
        }

        return (new TensorSet(path, views), matrices.ToFrozenDictionary(static matrix => matrix.Name, StringComparer.Ordinal));

        void Add(GgufTensor tensor, string name)
        {
            if (!taken.Add(name)) throw new ModelFileException(path, name, "is there twice");
            if (tensor.Format is null) views.Add(tensor.ToView(name));
            else matrices.Add(tensor.ToMatrix(name));
        }
    }

    private static void RequireExperts(string path, GgufTensor tensor, ModelConfig config)
    {
        int count = config.LayerConfigs.Select(static layer => layer.Experts?.Count ?? 0).DefaultIfEmpty().Max();
        if (tensor.Shape is not [{ } experts, { } rows, { } columns] || experts != count || rows == 0 || columns == 0 || (UInt128)rows * (UInt128)columns < LeastExpertElements)
            throw new ModelFileException(path, tensor.Name, $"has the shape {TensorInfo.Spell(tensor.Shape.AsSpan())}; the metadata ask for the matrices of {count} experts");
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (GgufFile file in _files) file.Dispose();
    }
}
