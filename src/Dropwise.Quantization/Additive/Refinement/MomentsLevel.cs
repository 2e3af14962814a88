using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>One level of the weighted error Σ_l λ_l tr((T_l − Ŵ_l) H_l (T_l − Ŵ_l)ᵀ): what the sum of the first codebooks is to come close to, and how it is measured.</summary>
/// <param name="Target">T [N, K].</param>
/// <param name="Moments">H [K, K], positive definite, symmetric.</param>
/// <param name="Weight">λ of the level.</param>
/// <param name="Codebooks">Codebooks whose sum the level reads.</param>
internal sealed record MomentsLevel(FloatMatrix Target, float[] Moments, float Weight, int Codebooks)
{
    /// <summary>The levels of a format.</summary>
    /// <param name="targets">A target a level.</param>
    /// <param name="weights">λ of each prefix of the codebooks [M]; a format that is not nested has one level, the sum of all.</param>
    /// <param name="damping">What is added to the moments' diagonal, in parts of its mean.</param>
    /// <param name="run">Workers and cancellation.</param>
    public static MomentsLevel[] Of(IReadOnlyList<LevelTarget> targets, float[] weights, double damping, QuantizationRun run)
    {
        int first = weights.Length - targets.Count;
        return [.. targets.Select((target, level) => new MomentsLevel(target.Weights, target.Moments.Damped(damping, run), weights[first + level], first + level + 1))];
    }

    /// <summary>The same levels where they count something else.</summary>
    /// <param name="levels">The levels.</param>
    /// <param name="weights">λ of each.</param>
    public static MomentsLevel[] Weighted(MomentsLevel[] levels, float[] weights)
    {
        var weighted = new MomentsLevel[levels.Length];
        for (int l = 0; l < levels.Length; l++) weighted[l] = levels[l] with { Weight = weights[l] };
        return weighted;
    }

    /// <summary>Σ_l λ_l D_l.</summary>
    /// <param name="levels">The levels.</param>
    /// <param name="errors">D of each.</param>
    public static double Sum(MomentsLevel[] levels, double[] errors)
    {
        double sum = 0;
        for (int l = 0; l < levels.Length; l++) sum += levels[l].Weight * errors[l];
        return sum;
    }

    /// <summary>The level for some of the rows.</summary>
    /// <param name="stride">One row of so many.</param>
    public MomentsLevel Sample(int stride)
    {
        if (stride == 1) return this;
        int rows = (Target.Rows + stride - 1) / stride;
        var sample = new FloatMatrix(rows, Target.Columns, new float[rows * Target.Columns]);
        for (int row = 0; row < rows; row++) Target.Row(row * stride).CopyTo(sample.Row(row));
        return this with { Target = sample };
    }
}
