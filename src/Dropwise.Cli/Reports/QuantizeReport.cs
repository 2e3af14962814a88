namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise quantize --json</c> prints.</summary>
/// <param name="Output">The file.</param>
/// <param name="BitsPerWeight">Bits a quantized weight at the highest level.</param>
/// <param name="LevelBitsPerWeight">The same at each level, from level 1.</param>
/// <param name="LevelEnds">The byte of the file where each level ends.</param>
/// <param name="Seconds">Time that it took.</param>
/// <param name="Tensors">The quantized weights.</param>
internal sealed record QuantizeReport(
    string Output, double BitsPerWeight, double[] LevelBitsPerWeight, long[] LevelEnds, double Seconds, QuantizedTensorReport[] Tensors);

/// <summary>One quantized weight.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Format">Its format.</param>
/// <param name="BitsPerWeight">Bits a weight at the highest level.</param>
/// <param name="RelativeError">‖W − Ŵ‖ / ‖W‖ at the highest level.</param>
/// <param name="LevelRelativeErrors">The same at each level, from level 1.</param>
internal sealed record QuantizedTensorReport(string Name, string Format, double BitsPerWeight, double RelativeError, double[] LevelRelativeErrors);
