using System.Text;
using Dropwise.ModelFiles;

namespace Dropwise.Cli.Models;

/// <summary>What a plan cannot change of a model's size.</summary>
internal static class PlanSize
{
    /// <summary>Bytes of everything but the linear layers of blocks, as it is stored.</summary>
    /// <param name="model">The model.</param>
    public static long BytesBesideBlocks(ModelSource model)
    {
        var tensors = new DecoderTensors(model.Config, model.Tensors);
        var linears = Enumerable.Range(0, model.Config.Layers).SelectMany(block => tensors.Layer(block).Linears).Select(static linear => linear.Weight).ToHashSet(StringComparer.Ordinal);
        double bits = 0;
        foreach (CheckpointMatrix matrix in model.Matrices.Values)
        {
            if (!linears.Contains(matrix.Name)) bits += matrix.Row.Descriptor.BitsPerWeight(matrix.Levels, matrix.Rows, matrix.Columns, matrix.Outliers) * matrix.Rows * matrix.Columns;
        }

        return (long)(bits / 8) + HeaderBytes(model) + model.Tensors.Where(tensor => !linears.Contains(tensor.Name)).Sum(static tensor => tensor.ByteLength);
    }

    // Configuration and tokenizer are in the file too, escaped into its header, and each tensor has its entry and its padding.
    private static long HeaderBytes(ModelSource model)
    {
        const int entryBytes = 512;
        ModelTexts texts = model.Texts;
        long bytes = (long)entryBytes * (model.Tensors.Count() + model.Matrices.Count + (7 * model.Config.Layers));
        foreach (string? text in (string?[])[texts.Config, texts.Tokenizer, texts.TokenizerConfig])
        {
            if (text is null) continue;
            bytes += Encoding.UTF8.GetByteCount(text) + text.Count(static letter => letter is '"' or '\\' or < ' ');
        }

        return bytes;
    }
}
