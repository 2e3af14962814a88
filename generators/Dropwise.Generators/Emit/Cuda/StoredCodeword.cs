using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>How the elements of codewords are spelled in CUDA C++.</summary>
internal static class StoredCodeword
{
    /// <summary>The device type of an element.</summary>
    /// <param name="type">Float16 or int8.</param>
    public static string Of(ScalarType type) => type == ScalarType.Int8 ? "i8" : "half_bits";
}
