using Dropwise.ModelFiles;

namespace Dropwise.Quantization.Export;

/// <summary>
/// Which row of a model a row of a GGUF file is: llama.cpp wants the elements of a rotary pair side by side, where Hugging Face models have them half a
/// head apart, so that rows of q and k move.
/// </summary>
/// <param name="head">Rows of a head whose halves are interleaved; 0 where rows stay.</param>
internal readonly struct RowOrder(int head)
{
    /// <summary>The order of a weight's rows.</summary>
    /// <param name="config">The model.</param>
    /// <param name="name">The weight's name.</param>
    public static RowOrder Of(ModelConfig config, string name)
    {
        bool turns = name.EndsWith("self_attn.q_proj.weight", StringComparison.Ordinal) || name.EndsWith("self_attn.k_proj.weight", StringComparison.Ordinal);
        return new RowOrder(turns && !config.Rope.Interleaved ? config.HeadDimension : 0);
    }

    /// <summary>The row of the model.</summary>
    /// <param name="row">The row of the file.</param>
    public int SourceOf(int row) => head == 0 ? row : (row / head * head) + (row % 2 * (head / 2)) + (row % head / 2);
}
