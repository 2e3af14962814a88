using System.Numerics;
using Dropwise.Cpu;

namespace Dropwise.Inference;

/// <summary>Compares the distributions that two rows of logits stand for. Holds scratch space: nothing is allocated a token.</summary>
/// <param name="vocabulary">Elements of a row.</param>
public sealed class TokenDivergence(int vocabulary)
{
    private readonly float[] _model = new float[vocabulary];
    private readonly float[] _reference = new float[vocabulary];
    private double _sum;
    private double _referenceSum;

    /// <summary>KL(reference ‖ model), in nats.</summary>
    public double Divergence { get; private set; }

    /// <summary>Whether both rows have their largest element in one place, the first of equal ones.</summary>
    public bool Agrees { get; private set; }

    /// <summary>log p of the token that follows, by the model.</summary>
    public double LogLikelihood { get; private set; }

    /// <summary>log p of the token that follows, by the reference.</summary>
    public double ReferenceLogLikelihood { get; private set; }

    /// <summary>Compares two rows.</summary>
    /// <param name="model">Logits of the model, [vocabulary].</param>
    /// <param name="reference">Logits of the reference, [vocabulary].</param>
    /// <param name="next">The token that follows.</param>
    public void Compare(ReadOnlySpan<float> model, ReadOnlySpan<float> reference, int next)
    {
        double modelDenominator = Softmax(model, _model, out _sum, out int modelBest);
        double referenceDenominator = Softmax(reference, _reference, out _referenceSum, out int referenceBest);
        Agrees = modelBest == referenceBest;
        LogLikelihood = model[next] - modelDenominator;
        ReferenceLogLikelihood = reference[next] - referenceDenominator;

        // Σ p (log p − log q) with log p = logit − log Z, where _reference holds p times a constant.
        Divergence = (Sums(_reference, reference, model).Weighted / _referenceSum) - (referenceDenominator - modelDenominator);
    }

    /// <summary>The gradient of the divergence of the rows compared last: what the model gives each token less what the reference gives it.</summary>
    /// <param name="factor">What it is multiplied by.</param>
    /// <param name="gradient">Receives the gradient with respect to the model's logits, [vocabulary].</param>
    public void Gradient(double factor, Span<float> gradient)
    {
        var model = new Vector<float>((float)(factor / _sum));
        var reference = new Vector<float>((float)(factor / _referenceSum));
        int i = 0;
        for (; i + Vector<float>.Count <= gradient.Length; i += Vector<float>.Count)
            ((new Vector<float>(_model.AsSpan(i)) * model) - (new Vector<float>(_reference.AsSpan(i)) * reference)).CopyTo(gradient[i..]);
        for (; i < gradient.Length; i++) gradient[i] = (_model[i] * model[0]) - (_reference[i] * reference[0]);
    }

    /// <summary>Writes the numerators of a softmax.</summary>
    /// <returns>log Σ e^logit, summed in float64: divergences of good formats are a thousandth of the logarithms that they are differences of.</returns>
    private static unsafe double Softmax(ReadOnlySpan<float> logits, float[] numerators, out double sum, out int best)
    {
        logits.CopyTo(numerators);
        fixed (float* values = numerators)
        {
            float maximum = VectorOperations.Maximum(values, numerators.Length);
            best = logits.IndexOf(maximum);
            VectorOperations.SoftmaxNumerators(values, 1, numerators.Length);
            sum = Sums(numerators, default, default).Sum;
            return maximum + Math.Log(sum);
        }
    }

    /// <summary>Σ w and Σ w (a − b), in float64; only the former where there is no a and b.</summary>
    private static (double Sum, double Weighted) Sums(ReadOnlySpan<float> weights, ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Vector<double> sums = Vector<double>.Zero, weighted = Vector<double>.Zero;
        int i = 0;
        for (; i + Vector<float>.Count <= weights.Length; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(weights[i..]), out Vector<double> low, out Vector<double> high);
            sums += low + high;
            if (a.IsEmpty) continue;
            Vector.Widen(new Vector<float>(a[i..]) - new Vector<float>(b[i..]), out Vector<double> lowDifference, out Vector<double> highDifference);
            weighted += (low * lowDifference) + (high * highDifference);
        }

        double sum = Vector.Sum(sums), weightedSum = Vector.Sum(weighted);
        for (; i < weights.Length; i++)
        {
            sum += weights[i];
            if (!a.IsEmpty) weightedSum += weights[i] * (a[i] - b[i]);
        }

        return (sum, weightedSum);
    }
}
