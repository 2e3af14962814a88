using Dropwise.Cpu;

namespace Dropwise.Quantization.Planning;

/// <summary>One of the things that a block may become: a level of a nested file, or a format.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Level">The level of a nested file, or null.</param>
/// <param name="Format">The format, or null for weights that stay as they are.</param>
public sealed record BlockTier(string Name, int? Level, FormatRow? Format);
