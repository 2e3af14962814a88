using Dropwise.Cli.Models;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Analysis;

namespace Dropwise.Cli.Pages;

/// <summary>Turns what is known about a quantized model into the figures of its page.</summary>
internal static class PageFigures
{
    /// <summary>The figures.</summary>
    /// <param name="model">The model.</param>
    /// <param name="figures">What its matrices look like.</param>
    /// <param name="reference">The name of the model that it was made of, where that was looked at.</param>
    /// <param name="recipe">The levels that a recipe serves blocks at, or null.</param>
    /// <param name="evaluation">What levels do with a text, or null.</param>
    /// <param name="summary">What <c>quantize</c> printed, or null.</param>
    public static PageDocument Of(
        ModelSource model, QuantizedModelFigures figures, string? reference, PageRecipe? recipe, PageEvaluation? evaluation, QuantizationTimes? summary)
    {
        var checkpoint = model as CheckpointReader;
        IReadOnlyDictionary<string, MatrixErrors>? recorded = checkpoint?.Errors;
        PageMatrix[] matrices = [.. figures.Matrices.Select(matrix => Matrix(matrix, recorded?.GetValueOrDefault(matrix.Name), model.Matrices[matrix.Name].Transform is { Order: null }))];
        bool hasBefore = figures.Matrices.Any(static matrix => matrix.KurtosisBefore is not null);
        int levels = model.Matrices.Values.Max(static matrix => matrix.Levels);
        return new PageDocument(
            typeof(PageFigures).Assembly.GetName().Version?.ToString(3) ?? "unknown",
            NameOf(model.Path),
            model.Config.ModelType,
            model.Tensors.Sum(static tensor => tensor.Elements) + model.Matrices.Values.Sum(static matrix => (long)matrix.Rows * matrix.Columns),
            model.Config.Layers,
            [.. figures.Matrices.Select(static matrix => matrix.Format.Name).Distinct()],
            Levels(model, checkpoint, levels),
            matrices,
            reference is not null ? "reference" : matrices.Any(static matrix => matrix.Errors is not null) ? "file" : null,
            reference,
            new PageHistogram(WeightHistogram.Limit, [.. figures.Density.Select(Rounded)], hasBefore ? [.. figures.DensityBefore.Select(Rounded)] : null, reference is null ? levels : null),
            BlockBits(figures, levels),
            recipe,
            evaluation,
            summary?.Stages,
            summary?.Seconds);
    }

    /// <summary>The last part of a path, which is all that a page for others says about where things were.</summary>
    /// <param name="path">A file or folder.</param>
    public static string NameOf(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    private static PageMatrix Matrix(MatrixFigures matrix, MatrixErrors? recorded, bool rotated)
    {
        double[] errors = [.. matrix.Errors.Length > 0 ? matrix.Errors : (recorded?.Relative ?? []).Take(matrix.Bits.Length)];
        double[] weighted = [.. (recorded?.Weighted ?? []).Take(matrix.Bits.Length)];
        return new PageMatrix(
            matrix.Name,
            matrix.Kind,
            matrix.Block,
            matrix.Format.Name,
            matrix.Rows,
            matrix.Columns,
            rotated,
            [.. matrix.Bits.Select(Rounded)],
            errors.Length == 0 || !Array.TrueForAll(errors, double.IsFinite) ? null : [.. errors.Select(static error => Rounded(error * error))],
            weighted.Length == 0 || !Array.TrueForAll(weighted, double.IsFinite) ? null : [.. weighted.Select(Rounded)],
            Rounded(matrix.Kurtosis),
            matrix.KurtosisBefore is { } before ? Rounded(before) : null);
    }

    private static PageLevel[] Levels(ModelSource model, CheckpointReader? checkpoint, int present) =>
    [
        .. Enumerable.Range(1, checkpoint?.Levels ?? present).Select(level =>
            new PageLevel(level, Rounded(BitsPerWeight.Of(model, level)), checkpoint?.LevelEnds[level - 1], level <= present)),
    ];

    private static double[][] BlockBits(QuantizedModelFigures figures, int levels)
    {
        ILookup<int, MatrixFigures> blocks = figures.Matrices.Where(static matrix => matrix.Block is not null).ToLookup(static matrix => matrix.Block!.Value);
        if (blocks.Count == 0) return [];
        return
        [
            .. Enumerable.Range(0, blocks.Max(static block => block.Key) + 1).Select(block => Enumerable.Range(1, levels).Select(level =>
            {
                double bits = 0, weights = 0;
                foreach (MatrixFigures matrix in blocks[block])
                {
                    bits += matrix.Weights * matrix.Bits[Math.Min(level, matrix.Bits.Length) - 1];
                    weights += matrix.Weights;
                }

                return weights == 0 ? 0 : Rounded(bits / weights);
            }).ToArray()),
        ];
    }

    // More digits than a plot can show would only make the page longer.
    private static double Rounded(double value) => value == 0 || !double.IsFinite(value) ? value : double.Parse(value.ToString("E6", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
}
