using System.Globalization;
using System.Text.Json;
using Dropwise.Cli.Models;
using Dropwise.Cli.Reports;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Analysis;

namespace Dropwise.Cli.Pages;

/// <summary>
/// The figures of a report's page, which its script reads as one JSON object. A figure that is null was not available, and the page says what would bring it. The
/// object is written value by value: descriptions of a dozen records would be as long in the native file as all that the page is made of.
/// </summary>
/// <param name="model">The quantized model.</param>
/// <param name="figures">What its matrices look like.</param>
/// <param name="reference">The name of the model that it was made of, where that was looked at.</param>
/// <param name="recipe">The levels that a recipe serves blocks at, or null.</param>
/// <param name="evaluation">What levels do with a text, or null.</param>
/// <param name="times">How long quantizing took, or null.</param>
internal sealed class PageFigures(
    ModelSource model, QuantizedModelFigures figures, string? reference, PageRecipe? recipe, PageEvaluation? evaluation, QuantizationTimes? times)
{
    private readonly CheckpointReader? _checkpoint = model as CheckpointReader;
    private readonly int _levels = model.Matrices.Values.Max(static matrix => matrix.Levels);

    /// <summary>What is not available: <c>errors</c>, <c>weighted_errors</c>, <c>perplexity</c>, <c>times</c>.</summary>
    public IEnumerable<string> Missing
    {
        get
        {
            if (reference is null && !HasRecorded) yield return "errors";
            if (_checkpoint?.Errors.Values.Any(static errors => errors.Weighted is not null) != true) yield return "weighted_errors";
            if (evaluation is null) yield return "perplexity";
            if (times?.Stages is null) yield return "times";
        }
    }

    private bool HasRecorded => _checkpoint?.Errors.Count > 0;

    /// <summary>The last part of a path, which is all that a page for others says about where things were.</summary>
    /// <param name="path">A file or folder.</param>
    public static string NameOf(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    /// <summary>Writes the object.</summary>
    /// <param name="json">Receives it.</param>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("version", typeof(PageFigures).Assembly.GetName().Version?.ToString(3));
        json.WriteString("file", NameOf(model.Path));
        json.WriteString("architecture", model.Config.ModelType);
        json.WriteNumber("parameters", model.Tensors.Sum(static tensor => tensor.Elements) + model.Matrices.Values.Sum(static matrix => (long)matrix.Rows * matrix.Columns));
        json.WriteNumber("blocks", model.Config.Layers);
        json.WriteStartArray("formats");
        foreach (string format in figures.Matrices.Select(static matrix => matrix.Format.Name).Distinct()) json.WriteStringValue(format);
        json.WriteEndArray();
        json.WriteString("errors_from", reference is not null ? "reference" : HasRecorded ? "file" : null);
        json.WriteString("reference", reference);
        WriteLevels(json);
        json.WriteStartArray("matrices");
        foreach (MatrixFigures matrix in figures.Matrices) WriteMatrix(json, matrix);
        json.WriteEndArray();
        WriteHistogram(json);
        WriteBlockBits(json);
        WriteRecipe(json);
        WriteEvaluation(json);
        WriteTimes(json);
        json.WriteEndObject();
    }

    /// <summary><c>levels</c>: bits a weight of each, the byte where the file may be cut (null where files are not cut), and whether the level is in this file.</summary>
    private void WriteLevels(Utf8JsonWriter json)
    {
        json.WriteStartArray("levels");
        for (int level = 1; level <= (_checkpoint?.Levels ?? _levels); level++)
        {
            json.WriteStartObject();
            json.WriteNumber("level", level);
            json.WriteNumber("bits_per_weight", Rounded(ServedSize.BitsOf(model, level)));
            if (_checkpoint is null) json.WriteNull("end_byte");
            else json.WriteNumber("end_byte", _checkpoint.LevelEnds[level - 1]);
            json.WriteBoolean("present", level <= _levels);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>
    /// One of <c>matrices</c>: <c>bits</c>, <c>errors</c> = ‖W − Ŵ‖² / ‖W‖² and <c>weighted</c> = tr(Δ H Δᵀ) / tr(W H Wᵀ) have a value a level; <c>block</c> is null for the head;
    /// <c>kurtosis_before</c> is that before the rotation.
    /// </summary>
    private void WriteMatrix(Utf8JsonWriter json, MatrixFigures matrix)
    {
        MatrixErrors? recorded = _checkpoint?.Errors.GetValueOrDefault(matrix.Name);
        json.WriteStartObject();
        json.WriteString("name", matrix.Name);
        json.WriteString("kind", matrix.Kind);
        WriteNumber(json, "block", matrix.Block);
        json.WriteString("format", matrix.Format.Name);
        json.WriteNumber("rows", matrix.Rows);
        json.WriteNumber("columns", matrix.Columns);
        json.WriteBoolean("rotated", model.Matrices[matrix.Name].Transform is { Order: null });
        WriteNumbers(json, "bits", matrix.Bits);
        IEnumerable<double> errors = reference is not null ? matrix.Errors : recorded?.Relative.Take(matrix.Bits.Length) ?? [];
        WriteNumbers(json, "errors", errors.Select(static error => error * error));
        WriteNumbers(json, "weighted", recorded?.Weighted?.Take(matrix.Bits.Length) ?? []);
        json.WriteNumber("kurtosis", double.IsFinite(matrix.Kurtosis) ? Rounded(matrix.Kurtosis) : 0);
        WriteNumber(json, "kurtosis_before", matrix.KurtosisBefore);
        json.WriteEndObject();
    }

    /// <summary><c>histogram</c>: densities from −<c>limit</c> to <c>limit</c>; <c>level</c> is the one that weights were decoded at, null where the original ones are shown.</summary>
    private void WriteHistogram(Utf8JsonWriter json)
    {
        json.WriteStartObject("histogram");
        json.WriteNumber("limit", WeightHistogram.Limit);
        WriteNumbers(json, "weights", figures.Density);
        WriteNumbers(json, "before", figures.Matrices.Any(static matrix => matrix.KurtosisBefore is not null) ? figures.DensityBefore : []);
        WriteNumber(json, "level", reference is null ? _levels : null);
        json.WriteEndObject();
    }

    /// <summary><c>block_bits</c>: bits a weight of each block at each level; empty where no block has a quantized matrix.</summary>
    private void WriteBlockBits(Utf8JsonWriter json)
    {
        int blocks = figures.Matrices.Max(static matrix => matrix.Block + 1) ?? 0;
        double[,] bits = new double[blocks, _levels];
        double[] weights = new double[blocks];
        foreach (MatrixFigures matrix in figures.Matrices)
        {
            if (matrix.Block is not { } block) continue;
            weights[block] += matrix.Weights;
            for (int level = 0; level < _levels; level++) bits[block, level] += matrix.Weights * matrix.Bits[Math.Min(level, matrix.Bits.Length - 1)];
        }

        json.WriteStartArray("block_bits");
        for (int block = 0; block < blocks; block++)
        {
            json.WriteStartArray();
            for (int level = 0; level < _levels; level++) json.WriteNumberValue(weights[block] == 0 ? 0 : Rounded(bits[block, level] / weights[block]));
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private void WriteRecipe(Utf8JsonWriter json)
    {
        if (recipe is null)
        {
            json.WriteNull("recipe");
            return;
        }

        json.WriteStartObject("recipe");
        json.WriteString("name", recipe.Name);
        json.WriteStartArray("levels");
        foreach (int level in recipe.Levels) json.WriteNumberValue(level);
        json.WriteEndArray();
        json.WriteNumber("bits", Rounded(recipe.Bits));
        json.WriteEndObject();
    }

    private void WriteEvaluation(Utf8JsonWriter json)
    {
        if (evaluation is null)
        {
            json.WriteNull("evaluation");
            return;
        }

        json.WriteStartObject("evaluation");
        json.WriteString("text", evaluation.Text);
        json.WriteNumber("context", evaluation.Context);
        json.WriteNumber("windows", evaluation.Windows);
        WriteNumber(json, "unquantized", evaluation.Unquantized);
        json.WriteStartArray("points");
        foreach (PagePoint point in evaluation.Points)
        {
            // A broken model has no place on a curve; its errors are what the page is for then.
            if (!double.IsFinite(point.Perplexity)) continue;
            json.WriteStartObject();
            json.WriteString("name", point.Name);
            WriteNumber(json, "level", point.Level);
            json.WriteNumber("bits", Rounded(point.Bits));
            json.WriteNumber("perplexity", point.Perplexity);
            WriteNumber(json, "kl", point.Kl);
            WriteNumber(json, "agreement", point.Agreement);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary><c>seconds</c> of the whole run and <c>stages</c> of it.</summary>
    private void WriteTimes(Utf8JsonWriter json)
    {
        WriteNumber(json, "seconds", times?.Seconds);
        if (times?.Stages is not { } stages)
        {
            json.WriteNull("stages");
            return;
        }

        json.WriteStartArray("stages");
        foreach (StageReport stage in stages)
        {
            json.WriteStartObject();
            json.WriteString("name", stage.Name);
            json.WriteNumber("seconds", stage.Seconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number)) json.WriteNumber(name, Rounded(number));
        else json.WriteNull(name);
    }

    /// <summary>A list; null where it is empty or where JSON has no name for one of its values.</summary>
    private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<double> values)
    {
        double[] numbers = [.. values];
        if (numbers.Length == 0 || !Array.TrueForAll(numbers, double.IsFinite))
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartArray(name);
        foreach (double number in numbers) json.WriteNumberValue(Rounded(number));
        json.WriteEndArray();
    }

    // More digits than a plot can show would only make the page longer.
    private static double Rounded(double value) => double.Parse(value.ToString("E6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
