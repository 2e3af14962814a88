namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>
/// Moves all codewords of all codebooks together towards the least weighted error of fixed codes, by conjugate gradients with the diagonal as preconditioner.
/// It begins at the present codewords, so what no code decides stays where it is.
/// </summary>
internal static class CodebookFit
{
    /// <summary>Improves codebooks.</summary>
    /// <param name="operation">The error of the codes' rows.</param>
    /// <param name="codes">The codes; their codebooks are replaced.</param>
    /// <param name="steps">The most steps.</param>
    /// <param name="tolerance">Where a step takes less off the error than this part of what all have taken, the steps end.</param>
    /// <param name="run">Cancellation.</param>
    public static void Improve(ICodebookGradient operation, AdditiveCodes codes, int steps, double tolerance, QuantizationRun run)
    {
        Codebooks present = codes.Codebooks;
        int size = present.Values.Length;
        float[] rest = new float[size], product = new float[size], diagonal = new float[size], solution = [.. present.Values];
        operation.Fill(rest);
        operation.Diagonal(diagonal);
        var direction = new Codebooks(present.Count, present.Codewords, present.Dimension);
        double taken = 0, energy = Preconditioned(rest, diagonal, direction.Values, 0);
        for (int step = 0; step < steps && energy > 0; step++)
        {
            run.Cancellation.ThrowIfCancellationRequested();
            operation.Multiply(direction, product);
            double curvature = Dot(direction.Values, product);
            if (!(curvature > 0)) break;
            double length = energy / curvature;
            for (int i = 0; i < size; i++)
            {
                solution[i] += (float)(length * direction.Values[i]);
                rest[i] -= (float)(length * product[i]);
            }

            // Each step takes its length times its energy off the error, which a little gained in all says enough about.
            taken += length * energy;
            if (length * energy < tolerance * taken) break;
            energy = Preconditioned(rest, diagonal, direction.Values, energy);
        }

        var improved = new Codebooks(present.Count, present.Codewords, present.Dimension);
        solution.CopyTo(improved.Values, 0);
        codes.Codebooks = improved;
    }

    // The next direction: the preconditioned rest, and as much of the last direction as makes the two conjugate.
    private static double Preconditioned(float[] rest, float[] diagonal, float[] direction, double last)
    {
        double energy = 0;
        for (int i = 0; i < rest.Length; i++)
        {
            if (diagonal[i] > 0) energy += (double)rest[i] * rest[i] / diagonal[i];
        }

        double kept = last > 0 ? energy / last : 0;
        for (int i = 0; i < rest.Length; i++)
        {
            float conditioned = diagonal[i] > 0 ? rest[i] / diagonal[i] : 0;
            direction[i] = conditioned + (float)(kept * direction[i]);
        }

        return energy;
    }

    private static double Dot(float[] a, float[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += (double)a[i] * b[i];
        return sum;
    }
}
