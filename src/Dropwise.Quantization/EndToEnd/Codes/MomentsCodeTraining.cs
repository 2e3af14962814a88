using Dropwise.Inference.Blocks.Engines.Cuda;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Additive.Refinement;
using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.EndToEnd.Codes;

/// <summary>
/// Additive codes of one matrix in training, in the metric of its input. For changes Δ_l of the weights Ŵ_l of all levels the loss is taken as Σ_l ⟨G_l, Δ_l⟩ + ½ Σ_l ω_l Σ_n s_n Δ_ln H Δ_lnᵀ,
/// G being gradients, H the second moments of the input, ω_l what the level's divergence counts and s_n the curvature of the divergence along output n, for which there is a guess
/// (<see cref="LevelSteps"/>). Codes are searched, run by run with all others in view, for the least of it. Where a few inputs have most of the energy, weights that are near in the plain metric are far in the loss.
/// Nothing but codes outlives a step.
/// </summary>
internal sealed class MomentsCodeTraining : ICodeTraining
{
    // What is added to the moments' diagonal, in parts of its mean, as in the quantizers' searches.
    private const double Damping = 0.01;
    private const int BeamWidth = 8;
    private const int Sweeps = 2;

    private readonly CanonicalMatrix _matrix;
    private readonly int[] _served;
    private readonly float[][] _gradients;
    private InputMoments? _moments;
    private IMomentFactors? _factors;
    private CudaEngine? _device;

    /// <summary>Starts where the codes are.</summary>
    /// <param name="matrix">The matrix in training, which <see cref="Fits"/>; its codes are changed, its scales and codebooks may be changed by others between steps.</param>
    /// <param name="served">The served levels, ascending; a matrix with fewer is read whole.</param>
    public MomentsCodeTraining(CanonicalMatrix matrix, IEnumerable<int> served)
    {
        _matrix = matrix;
        _served = [.. served.Select(level => Math.Min(level, matrix.Format.Levels)).Distinct()];
        _gradients = [.. _served.Select(_ => new float[matrix.Rows * matrix.Columns])];
    }

    /// <inheritdoc/>
    public IEnumerable<float[]> State => [];

    /// <inheritdoc/>
    public bool IsSingleThreaded => false;

    /// <summary>Whether codes can be trained so.</summary>
    /// <param name="matrix">The matrix.</param>
    public static bool Fits(CanonicalMatrix matrix) =>
        matrix is { Format: { Kind: CodeKind.Additive, CodeBits: <= 8 }, Outliers.Length: 0, GroupScales.Length: 0 } && matrix.RowScales.Length == matrix.Rows;

    /// <summary>Says what the matrix reads, once and before the first step.</summary>
    /// <param name="moments">H, in front of any rotation.</param>
    /// <param name="factors">What divides by moments.</param>
    /// <param name="device">The device that searches codes; null for the processor.</param>
    /// <param name="run">Workers and cancellation.</param>
    public void Measure(InputMoments moments, IMomentFactors factors, CudaEngine? device, QuantizationRun run)
    {
        _moments = _matrix.Transform is { } transform ? moments.Rotated(transform, run) : moments;
        (_factors, _device) = (factors, device);
    }

    /// <inheritdoc/>
    public Span<float> GradientAt(int level) => _gradients[Array.IndexOf(_served, level)];

    /// <inheritdoc/>
    public int Step(CodeStep step, int seed, QuantizationRun run)
    {
        var codes = new AdditiveCodes(Codebooks.From(_matrix.Codebooks!), _matrix.Codes, _matrix.RowScales, _matrix.Columns);
        ushort[][] before = [.. codes.Codes.Select(static plane => (ushort[])[.. plane])];
        using (IRefinementSteps steps = RefinementSteps.For(_device, Levels(codes, step, run), codes, BeamWidth, run))
        {
            for (int sweep = 0; sweep < Sweeps; sweep++) steps.SearchCodes();
            steps.ReadCodes();
        }

        // Codes above the highest served level have no part in what was searched for; who reads them later finds them as they were.
        for (int m = _matrix.Format.CodebooksAt(_served[^1]); m < before.Length; m++) before[m].CopyTo(codes.Codes[m], 0);
        foreach (float[] gradient in _gradients) Array.Clear(gradient);
        int changed = 0;
        for (int group = 0; group < before[0].Length; group++)
        {
            bool isChanged = false;
            for (int m = 0; m < before.Length; m++) isChanged |= before[m][group] != codes.Codes[m][group];
            if (isChanged) changed++;
        }

        return changed;
    }

    /// <summary>Where each level is to go, and how much it counts: levels that are not served have no weight and the target of the next one that is.</summary>
    private MomentsLevel[] Levels(AdditiveCodes codes, CodeStep step, QuantizationRun run)
    {
        float[] moments = _moments!.Damped(Damping, run), weights = new float[_served.Length];
        for (int i = 0; i < step.Levels.Length; i++) weights[Array.IndexOf(_served, Math.Min(step.Levels[i], _matrix.Format.Levels))] += step.Weights[i];
        var targets = new FloatMatrix[_served.Length];
        var steps = new LevelSteps(_gradients, weights, _moments, Damping, _factors!, run);
        for (int i = 0; i < targets.Length; i++)
        {
            var present = new FloatMatrix(codes.Rows, codes.Columns, new float[codes.Rows * codes.Columns]);
            for (int m = 0; m < _matrix.Format.CodebooksAt(_served[i]); m++) codes.Add(codes.Codebooks, m, 0, 1, present.Values);
            for (int k = 0; k < present.Values.Length; k++) present.Values[k] *= codes.Scales[k / codes.Columns];
            targets[i] = present;
        }

        steps.Take(targets, moments, step.Rate, run);
        var levels = new MomentsLevel[_matrix.Format.Levels];
        for (int level = 1; level <= levels.Length; level++)
        {
            int own = Array.IndexOf(_served, level), next = Array.FindIndex(_served, served => served >= level);
            levels[level - 1] = new MomentsLevel(targets[next < 0 ? ^1 : next], moments, own >= 0 ? weights[own] : 0, _matrix.Format.CodebooksAt(level));
        }

        return levels;
    }
}
