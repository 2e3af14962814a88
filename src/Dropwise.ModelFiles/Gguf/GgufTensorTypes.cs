using System.Collections.Frozen;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>
/// What the number of a GGUF tensor type means: a dense type of ours, or a format whose name is GGUF's own in lower case, so that a format becomes
/// readable by being declared.
/// </summary>
public static class GgufTensorTypes
{
    private static readonly FrozenDictionary<uint, TensorType> Dense = new Dictionary<uint, TensorType>
    {
        [0] = TensorType.Float32, [1] = TensorType.Float16, [24] = TensorType.Int8, [25] = TensorType.Int16, [26] = TensorType.Int32,
        [27] = TensorType.Int64, [28] = TensorType.Float64, [30] = TensorType.BFloat16,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<uint, string> Blocks = new Dictionary<uint, string>
    {
        [2] = "Q4_0", [3] = "Q4_1", [6] = "Q5_0", [7] = "Q5_1", [8] = "Q8_0", [9] = "Q8_1", [10] = "Q2_K", [11] = "Q3_K", [12] = "Q4_K", [13] = "Q5_K",
        [14] = "Q6_K", [15] = "Q8_K", [16] = "IQ2_XXS", [17] = "IQ2_XS", [18] = "IQ3_XXS", [19] = "IQ1_S", [20] = "IQ4_NL", [21] = "IQ3_S", [22] = "IQ2_S",
        [23] = "IQ4_XS", [29] = "IQ1_M", [34] = "TQ1_0", [35] = "TQ2_0", [39] = "MXFP4", [40] = "NVFP4",
    }.ToFrozenDictionary();

    // LLAMA_FTYPE_MOSTLY_… of llama.h, by tensor type; readers only show it.
    private static readonly FrozenDictionary<uint, int> FileTypes = new Dictionary<uint, int>
    {
        [0] = 0, [1] = 1, [2] = 2, [3] = 3, [8] = 7, [6] = 8, [7] = 9, [10] = 10, [11] = 12, [12] = 15, [13] = 17, [14] = 18, [20] = 25, [23] = 30, [30] = 32,
        [34] = 36, [35] = 37, [39] = 38,
    }.ToFrozenDictionary();

    /// <summary>The number in <c>general.file_type</c> of a file whose matrices mostly have a type; 0 where there is none.</summary>
    /// <param name="type">The number of the tensor type.</param>
    public static int FileTypeOf(uint type) => FileTypes.GetValueOrDefault(type);

    /// <summary>The dense type of a number, or null.</summary>
    /// <param name="type">The number in the file.</param>
    public static TensorType? DenseOf(uint type) => Dense.TryGetValue(type, out TensorType dense) ? dense : null;

    /// <summary>The number of a dense type.</summary>
    /// <param name="type">A type that GGUF has.</param>
    public static uint NumberOf(TensorType type) => Dense.First(pair => pair.Value == type).Key;

    /// <summary>The number of a format, or null where GGUF has none of its name.</summary>
    /// <param name="format">The format's name.</param>
    public static uint? NumberOf(string format)
    {
        foreach ((uint number, string name) in Blocks)
        {
            if (string.Equals(name, format, StringComparison.OrdinalIgnoreCase)) return number;
        }

        return null;
    }

    /// <summary>The registered format of a number, or null.</summary>
    /// <param name="type">The number in the file.</param>
    /// <param name="registry">The formats that this program knows.</param>
    public static FormatRow? FormatOf(uint type, FormatRegistry registry) => Blocks.TryGetValue(type, out string? name)
        ? registry.Rows.FirstOrDefault(row => row.Descriptor.Block is not null && string.Equals(row.Descriptor.Name, name, StringComparison.OrdinalIgnoreCase))
        : null;

    /// <summary>How messages name a number.</summary>
    /// <param name="type">The number in the file.</param>
    public static string NameOf(uint type) => Blocks.GetValueOrDefault(type) ?? (DenseOf(type) is { } dense ? TensorTypes.NameOf(dense) : $"number {type}");
}
