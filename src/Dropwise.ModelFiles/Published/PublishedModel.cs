using System.Collections.Frozen;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>
/// A Hugging Face folder whose matrices its authors quantized and published in a layout of their own (<c>quantization_config</c>). Codes are used
/// where they lie if kernels read them so; otherwise they are laid out anew when they are first asked for.
/// </summary>
public sealed class PublishedModel : ModelSource
{
    // A method is one line here and one file.
    private static readonly FrozenDictionary<string, Func<PublishedTensors, IEnumerable<CheckpointMatrix>>> Methods =
        new Dictionary<string, Func<PublishedTensors, IEnumerable<CheckpointMatrix>>>(StringComparer.Ordinal)
        {
            ["aqlm"] = AqlmMatrices.Read,
            ["spqr"] = SpqrMatrices.Read,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly ModelFolder _folder;

    private PublishedModel(ModelFolder folder, string method, TensorSet others, FrozenDictionary<string, CheckpointMatrix> matrices)
        : base(folder.Path, folder.Texts, others, matrices)
    {
        _folder = folder;
        Method = method;
    }

    /// <summary>The method, as <c>quant_method</c> names it.</summary>
    public string Method { get; }

    /// <summary>All tensors as they lie in the files, those that matrices are made of included.</summary>
    public TensorSet Contents => _folder.Tensors;

    /// <summary>The model as its authors quantized it, or the folder itself where they did not.</summary>
    /// <param name="folder">The folder, disposed of with the result, or at once after a failure.</param>
    /// <param name="registry">The formats that this program knows.</param>
    /// <exception cref="ModelFileException">The method is another, no format is declared for what was published, or a part is missing or broken.</exception>
    internal static ModelSource Unless(ModelFolder folder, FormatRegistry registry)
    {
        try
        {
            string where = $"{folder.Path} (config)";
            if (ConfigFields.Parse(where, folder.Texts.Config).Section("quantization_config") is not { } fields) return folder;
            string method = fields.Text("quant_method") ?? throw fields.Missing("quant_method");
            if (!Methods.TryGetValue(method, out Func<PublishedTensors, IEnumerable<CheckpointMatrix>>? read))
                throw fields.Invalid("quant_method", $"is '{method}'; supported are {string.Join(", ", Methods.Keys.Order(StringComparer.Ordinal))}");
            var tensors = new PublishedTensors(folder, fields, registry);
            var matrices = read(tensors).ToFrozenDictionary(static matrix => matrix.Name, StringComparer.Ordinal);
            return new PublishedModel(folder, method, tensors.Others(), matrices);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (CheckpointMatrix matrix in Matrices.Values)
        {
            if (matrix.Packed is { IsValueCreated: true } packed) packed.Value.Dispose();
        }

        _folder.Dispose();
    }
}
