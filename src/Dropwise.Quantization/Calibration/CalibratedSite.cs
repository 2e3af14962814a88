using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.Quantization.Calibration;

/// <summary>What all weights that read one input share: moments and corrections of each served level, behind a rotation where there is one.</summary>
/// <param name="levels">What is known of each stream, with the level that it runs at, ascending.</param>
/// <param name="blend">α, or null to choose it a weight by held-out text.</param>
/// <param name="products">What multiplies.</param>
/// <param name="run">Workers and cancellation.</param>
internal sealed class CalibratedSite(ImmutableArray<(int Level, SiteMoments Moments)> levels, double? blend, IInputProducts products, QuantizationRun run)
{
    private readonly ImmutableArray<CorrectedTargets> _corrections = [.. levels.Select(level => new CorrectedTargets(level.Moments, blend, products, run))];
    private InputTransform? _transform;
    private ImmutableArray<InputMoments> _moments = [.. levels.Select(static level => level.Moments.Own)];

    /// <summary>The level of each stream, ascending.</summary>
    public ImmutableArray<int> Levels => [.. levels.Select(static level => level.Level)];

    /// <summary>The targets of one weight.</summary>
    /// <param name="weights">W [N, K].</param>
    /// <param name="transform">The rotation that codes are behind, one instance for all weights of the site, or null.</param>
    /// <param name="count">Levels of the format.</param>
    /// <returns>One a level of the format; a level that no stream runs at has that of the next one up.</returns>
    public ImmutableArray<LevelTarget> TargetsOf(FloatMatrix weights, InputTransform? transform, int count)
    {
        if (transform is not null && transform != _transform)
        {
            _transform = transform;
            _moments = [.. levels.Select(level => level.Moments.Own.Rotated(transform, run))];
        }

        ImmutableArray<LevelTarget> targets = [.. _corrections.Select((correction, index) =>
        {
            FloatMatrix target = correction.Of(weights, run).Target;
            return new LevelTarget(transform is null ? target : Rotate(target, transform), transform is null ? levels[index].Moments.Own : _moments[index]);
        })];
        return [.. Enumerable.Range(1, count).Select(level => targets[Math.Min(targets.Length - 1, Stream(level))])];
    }

    private int Stream(int level)
    {
        int stream = 0;
        while (stream < levels.Length && levels[stream].Level < level) stream++;
        return stream;
    }

    private static FloatMatrix Rotate(FloatMatrix weights, InputTransform transform)
    {
        float[] rotated = [.. weights.Values];
        InputTransforms.RotateRows(transform, rotated);
        return new FloatMatrix(weights.Rows, weights.Columns, rotated);
    }
}
