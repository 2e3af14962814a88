namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise inspect --json</c> prints: what is in a model file.</summary>
/// <param name="Path">The file or folder.</param>
/// <param name="Kind"><c>checkpoint</c> (a Dropwise file), the method of a quantized model as its authors publish it (<c>aqlm</c>, <c>spqr</c>), <c>gguf</c>, or <c>model</c> (an unquantized one).</param>
/// <param name="Architecture">As <c>model_type</c> names it.</param>
/// <param name="Parameters">Weights, quantized ones included.</param>
/// <param name="HasTokenizer">Whether text can go in and out.</param>
/// <param name="Levels">The levels of a checkpoint; empty where nothing is quantized.</param>
/// <param name="Matrices">The quantized matrices.</param>
/// <param name="Tensors">All tensors as they lie in the file.</param>
internal sealed record InspectReport(
    string Path,
    string Kind,
    string Architecture,
    long Parameters,
    bool HasTokenizer,
    LevelReport[] Levels,
    MatrixReport[] Matrices,
    TensorReport[] Tensors)
{
    /// <summary>The metadata of a GGUF file by key, long lists cut; null of other files.</summary>
    public Dictionary<string, string>? Metadata { get; init; }
}

/// <summary>One level of a checkpoint.</summary>
/// <param name="Level">From 1.</param>
/// <param name="EndByte">The file cut here is the checkpoint of this level.</param>
/// <param name="Present">Whether the level is whole in this file.</param>
/// <param name="BitsPerWeight">Bits a weight over all quantized matrices at this level.</param>
internal sealed record LevelReport(int Level, long EndByte, bool Present, double BitsPerWeight);

/// <summary>One quantized matrix.</summary>
/// <param name="Name">The weight's name.</param>
/// <param name="Format">Its format.</param>
/// <param name="Rows">Output rows N.</param>
/// <param name="Columns">Inputs K.</param>
internal sealed record MatrixReport(string Name, string Format, int Rows, int Columns);

/// <summary>One tensor of a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type as safetensors spells it, or its format.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Level">The level that it belongs to; 1 where nothing is quantized.</param>
internal sealed record TensorReport(string Name, string Type, long[] Shape, long Bytes, int Level);
