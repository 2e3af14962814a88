namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise quantize --json</c> prints.</summary>
/// <param name="Output">The file.</param>
/// <param name="BitsPerWeight">Bits a quantized weight at the highest level.</param>
/// <param name="LevelBitsPerWeight">The same at each level, from level 1.</param>
/// <param name="LevelEnds">The byte of the file where each level ends.</param>
/// <param name="Seconds">Time that it took.</param>
/// <param name="Tensors">The quantized weights.</param>
/// <param name="Stages">The time of each stage in this process.</param>
internal sealed record QuantizeReport(
    string Output, double BitsPerWeight, double[] LevelBitsPerWeight, long[] LevelEnds, double Seconds, QuantizedTensorReport[] Tensors, StageReport[] Stages);

/// <summary>The time of one stage.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Seconds">Time that it took, without that of stages inside of it.</param>
internal sealed record StageReport(string Name, double Seconds);

/// <summary>One quantized weight.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Format">Its format.</param>
/// <param name="BitsPerWeight">Bits a weight at the highest level.</param>
/// <param name="RelativeError">‖W − Ŵ‖ / ‖W‖ at the highest level.</param>
/// <param name="LevelRelativeErrors">The same at each level, from level 1.</param>
/// <param name="LevelWeightedErrors">
/// tr(Δ H Δᵀ) / tr(W H Wᵀ) at each level, H being the moments of the input, before block tuning; null for weights that no text looked at.
/// </param>
internal sealed record QuantizedTensorReport(
    string Name, string Format, double BitsPerWeight, double RelativeError, double[] LevelRelativeErrors, double[]? LevelWeightedErrors);
