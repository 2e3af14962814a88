using System.Collections.Frozen;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>
/// A model in GGUF files, read in place: quantized matrices keep their blocks, tensors go by the names of Hugging Face models, and metadata become the
/// JSON texts that such a model has.
/// </summary>
public sealed class GgufModel : ModelSource
{
    private const string HeadName = "lm_head.weight";
    private const string RopeDivisors = "rope_freqs.weight";

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
            GgufTensor[] all = [.. files.SelectMany(static file => file.Tensors)];
            var tensors = new TensorSet(path, all.Where(static tensor => tensor.Format is null).Select(static tensor => tensor.ToView(GgufNames.ToHuggingFace(tensor.Name))));
            var matrices = new Dictionary<string, CheckpointMatrix>(StringComparer.Ordinal);
            foreach (GgufTensor tensor in all.Where(static tensor => tensor.Format is not null))
            {
                CheckpointMatrix matrix = tensor.ToMatrix(GgufNames.ToHuggingFace(tensor.Name));
                if (tensors.Find(matrix.Name) is not null || !matrices.TryAdd(matrix.Name, matrix)) throw new ModelFileException(path, tensor.Name, "is there twice");
            }

            bool tied = tensors.Find(HeadName) is null && !matrices.ContainsKey(HeadName);
            ModelTexts texts = GgufTokenizer.Texts(path, metadata, GgufConfig.Write(path, metadata, tied, tensors.Find(RopeDivisors)));
            return new GgufModel(path, files, texts, tensors, matrices.ToFrozenDictionary(StringComparer.Ordinal));
        }
        catch
        {
            foreach (GgufFile file in files) file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (GgufFile file in _files) file.Dispose();
    }
}
