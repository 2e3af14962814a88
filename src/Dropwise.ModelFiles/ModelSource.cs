using System.Collections.Frozen;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>
/// A model on disk, whatever its form: configuration, texts and tensors that are not quantized, in place in mapped files. Addresses
/// are valid until <see cref="Dispose"/>.
/// </summary>
public abstract class ModelSource : IDisposable
{
    /// <summary>Creates a source.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="texts">The JSON texts.</param>
    /// <param name="tensors">The tensors that are not quantized.</param>
    /// <param name="matrices">The quantized matrices by weight name, or null where there are none.</param>
    /// <exception cref="ModelFileException">The configuration is not valid or not supported.</exception>
    protected ModelSource(string path, ModelTexts texts, TensorSet tensors, FrozenDictionary<string, CheckpointMatrix>? matrices = null)
    {
        Path = path;
        Texts = texts;
        Tensors = tensors;
        Matrices = matrices ?? FrozenDictionary<string, CheckpointMatrix>.Empty;
        Config = ModelConfig.Parse($"{path} (config)", texts.Config, texts.GenerationConfig);
    }

    /// <summary>The file or folder.</summary>
    public string Path { get; }

    /// <summary>The JSON texts.</summary>
    public ModelTexts Texts { get; }

    /// <summary>The shape of the model.</summary>
    public ModelConfig Config { get; }

    /// <summary>The tensors that are not quantized.</summary>
    public TensorSet Tensors { get; }

    /// <summary>The quantized matrices by weight name.</summary>
    public FrozenDictionary<string, CheckpointMatrix> Matrices { get; }

    /// <summary>Opens a model in whatever form it is: a Dropwise checkpoint, a safetensors file, a GGUF file or a Hugging Face folder, quantized by its authors or not.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="registry">The formats that this program knows.</param>
    /// <exception cref="ModelFileException">Something is missing or broken; the message names the file.</exception>
    public static ModelSource OpenAny(string path, FormatRegistry registry)
    {
        if (!File.Exists(path)) return PublishedModel.Unless(ModelFolder.Open(path), registry);
        if (GgufFile.IsGguf(path)) return GgufModel.Open(path, registry);
        SafetensorsFile file = SafetensorsFile.Open(path, allowCut: true);
        if (CheckpointReader.IsCheckpoint(file)) return CheckpointReader.Open(file, registry);

        // Opened again, because only a checkpoint may be cut.
        file.Dispose();
        return PublishedModel.Unless(ModelFolder.Open(path), registry);
    }

    /// <summary>The text of <c>tokenizer.json</c>.</summary>
    /// <exception cref="ModelFileException">The model has none.</exception>
    public string RequireTokenizer() => Texts.Tokenizer ?? throw new ModelFileException(Path, Texts.TokenizerProblem ?? "has neither tokenizer.json nor tokenizer.model");

    /// <summary>Reads rows of a matrix in float32, decoded at the highest level where it is quantized, behind its rotation where it has one.</summary>
    /// <param name="tensor">Its name and shape.</param>
    /// <param name="firstRow">The first row.</param>
    /// <param name="values">Receives whole rows, [rows, K].</param>
    /// <exception cref="ModelFileException">The matrix is missing, has another shape, or its elements are not F32, F16 or BF16.</exception>
    public void ReadRows(LinearTensor tensor, int firstRow, Span<float> values)
    {
        if (Matrices.TryGetValue(tensor.Weight, out CheckpointMatrix? matrix))
        {
            if (matrix.Rows != tensor.Rows || matrix.Columns != tensor.Columns)
                throw new ModelFileException(Path, tensor.Weight, $"has shape [{matrix.Rows}, {matrix.Columns}]; the configuration asks for [{tensor.Rows}, {tensor.Columns}]");
            matrix.DecodeRows(firstRow, values);
        }
        else
        {
            Tensors[tensor.Weight, tensor.Rows, tensor.Columns].ReadFloats((long)firstRow * tensor.Columns, values);
        }
    }

    /// <summary>Ends the mappings.</summary>
    public abstract void Dispose();
}
