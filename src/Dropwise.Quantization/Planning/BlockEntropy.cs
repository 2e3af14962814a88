using System.Collections.Immutable;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Models;

namespace Dropwise.Quantization.Planning;

/// <summary>
/// The statistic of EWQ (arXiv 2503.04704): the entropy of softmax over all weights of a matrix, H = log Σ e^w − Σ p w, and the mean of a block's
/// matrices weighted by their weights. It is ln N − κ₂/2 − κ₃/3 − … in the cumulants of the weights, so for weights of a language model it says nothing but their variance: differences are
/// 1e-5 to 1e-3 on top of 13 to 18. That is why it is computed in float64, and without the ε that published variants add: within the logarithm it hides the differences behind
/// the eighth digit, outside of it it adds N · ε.
/// </summary>
public static class BlockEntropy
{
    private const int RowsPerPiece = 64;

    /// <summary>The entropy of each block, from the first.</summary>
    /// <param name="model">The model; quantized matrices are decoded, behind their rotations, which change no variance.</param>
    /// <param name="run">Workers, cancellation, progress.</param>
    /// <exception cref="ModelFileException">A weight is missing or of the wrong shape or type.</exception>
    public static ImmutableArray<double> Of(ModelSource model, QuantizationRun run)
    {
        var tensors = new DecoderTensors(model.Config, model.Tensors);
        var entropies = ImmutableArray.CreateBuilder<double>(model.Config.Layers);
        for (int block = 0; block < model.Config.Layers; block++)
        {
            run.Cancellation.ThrowIfCancellationRequested();
            double sum = 0, weights = 0;
            foreach (LinearTensor tensor in tensors.Layer(block).Linears)
            {
                LinearWeight weight = LinearWeight.Of(model, tensor);
                FloatMatrix matrix = weight.Read();
                matrix.RequireFinite();
                sum += Of(matrix, run) * weight.Elements;
                weights += weight.Elements;
            }

            entropies.Add(sum / weights);
            run.Report((block + 1.0) / model.Config.Layers);
        }

        return entropies.MoveToImmutable();
    }

    /// <summary>The entropy of one matrix, in nats.</summary>
    /// <param name="weights">W [N, K], finite.</param>
    /// <param name="run">Workers and cancellation.</param>
    public static double Of(FloatMatrix weights, QuantizationRun run)
    {
        double[] highest = new double[weights.Rows], sums = new double[weights.Rows], products = new double[weights.Rows];
        run.ForPieces(weights.Rows, RowsPerPiece, (start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                ReadOnlySpan<float> values = weights.Row(row);
                double top = float.NegativeInfinity;
                foreach (float value in values) top = Math.Max(top, value);
                double sum = 0, product = 0;
                foreach (float value in values)
                {
                    double share = Math.Exp(value - top);
                    sum += share;
                    product += share * value;
                }

                (highest[row], sums[row], products[row]) = (top, sum, product);
            }
        });

        // Rows have highest values of their own, so that no row's shares vanish; they are brought to the highest of all in the order of rows.
        double all = highest.Max(), total = 0, weighted = 0;
        for (int row = 0; row < weights.Rows; row++)
        {
            double scale = Math.Exp(highest[row] - all);
            total += scale * sums[row];
            weighted += scale * products[row];
        }

        return all + Math.Log(total) - (weighted / total);
    }
}
