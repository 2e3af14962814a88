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
    private const int TileRows = 32;

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
            _moments = [.. levels.Select(level => Rotate(level.Moments.Own, transform, run))];
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

    /// <summary>V H Vᵀ: rows of H rotated, then those of its transpose.</summary>
    private static InputMoments Rotate(InputMoments moments, InputTransform transform, QuantizationRun run)
    {
        int size = moments.Columns;
        float[] half = Floats.Of(moments.Hessian, run), turned = new float[half.Length];
        var rotated = new double[half.Length];
        run.ForPieces(size, TileRows, (start, end) => InputTransforms.RotateRows(transform, half.AsSpan(checked(start * size), (end - start) * size)));
        run.ForPieces(size, TileRows, (start, end) =>
        {
            ForTiles(start, end, size, (i, j) => turned[((long)i * size) + j] = half[((long)j * size) + i]);
            InputTransforms.RotateRows(transform, turned.AsSpan(checked(start * size), (end - start) * size));
        });

        // Rounding differs between the two halves; moments are symmetric.
        run.ForPieces(size, TileRows, (start, end) =>
            ForTiles(start, end, size, (i, j) => rotated[((long)i * size) + j] = 0.5 * ((double)turned[((long)i * size) + j] + turned[((long)j * size) + i])));
        return new InputMoments(size, rotated, moments.Tokens);
    }

    // Some rows by all columns, tile after tile, so that what is read across rows stays in the first-level cache.
    private static void ForTiles(int start, int end, int size, Action<int, int> body)
    {
        for (int column = 0; column < size; column += TileRows)
        {
            for (int i = start; i < end; i++)
            {
                for (int j = column; j < Math.Min(column + TileRows, size); j++) body(i, j);
            }
        }
    }
}
