namespace Dropwise.Quantization.Additive;

/// <summary>Searches the codes of one set of vectors, wherever it computes.</summary>
internal interface ICodeSearch : IDisposable
{
    /// <summary>Replaces the codes of each vector by the beam search's, unless those it has are at least as good: the sum of errors never rises.</summary>
    /// <param name="codebooks">The codebooks.</param>
    /// <param name="weights">λ of each prefix [M].</param>
    /// <param name="width">The width of the beam.</param>
    /// <param name="codes">A plane a codebook [M][vectors], read and written.</param>
    /// <param name="costs">Receives each vector's weighted squared error.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>The mean of the costs.</returns>
    double Improve(Codebooks codebooks, float[] weights, int width, ushort[][] codes, float[] costs, QuantizationRun run);
}
