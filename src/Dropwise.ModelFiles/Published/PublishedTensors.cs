using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>What a method's reader works on: tensors by name, the fields of <c>quantization_config</c>, and which tensors became parts of matrices.</summary>
/// <param name="folder">The model.</param>
/// <param name="fields">The fields of <c>quantization_config</c>.</param>
/// <param name="registry">The formats that this program knows.</param>
internal sealed class PublishedTensors(ModelFolder folder, ConfigFields fields, FormatRegistry registry)
{
    private readonly HashSet<string> _claimed = new(StringComparer.Ordinal);

    /// <summary>The model.</summary>
    public ModelFolder Folder => folder;

    /// <summary>The fields of <c>quantization_config</c>.</summary>
    public ConfigFields Fields => fields;

    /// <summary>The quantized layers: what stands before a part that each of them has, such as <c>model.layers.0.mlp.up_proj</c>.</summary>
    /// <param name="part">The part, with its point: <c>.codes</c>.</param>
    public IEnumerable<string> Layers(string part) =>
        from tensor in folder.Tensors
        where tensor.Name.EndsWith(part, StringComparison.Ordinal)
        select tensor.Name[..^part.Length];

    /// <summary>A tensor of a layer, which is a part of a matrix from here on.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="types">The element types that it may have.</param>
    /// <exception cref="ModelFileException">It is missing, or of another type.</exception>
    public TensorView Part(string name, params ReadOnlySpan<TensorType> types)
    {
        TensorView tensor = folder.Tensors[name];
        if (!types.Contains(tensor.Type))
            throw Broken(tensor, $"is {TensorTypes.NameOf(tensor.Type)}, not {string.Join(" or ", types.ToArray().Select(TensorTypes.NameOf))}");
        _claimed.Add(name);
        return tensor;
    }

    /// <summary>The registered format that a declaration describes, whatever its name.</summary>
    /// <param name="isDeclared">Whether a format is the one.</param>
    /// <param name="shape">What was published, as messages say it.</param>
    /// <param name="attributes">The attribute line that would declare it.</param>
    /// <exception cref="ModelFileException">There is none; the message shows the line.</exception>
    public FormatRow Format(Func<FormatDescriptor, bool> isDeclared, string shape, string attributes) =>
        registry.Rows.FirstOrDefault(row => isDeclared(row.Descriptor))
        ?? throw new ModelFileException(folder.Path, $"{shape} have no format here; this line declares one: {attributes}");

    /// <summary>The tensors that are no part of a matrix.</summary>
    public TensorSet Others() => new(folder.Path, folder.Tensors.Where(tensor => !_claimed.Contains(tensor.Name)));

    /// <summary>The error of a tensor.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="problem">What is wrong, as the end of a sentence that starts with its name.</param>
    public static ModelFileException Broken(TensorView tensor, string problem) => new(tensor.File.FilePath, tensor.Name, problem);
}
