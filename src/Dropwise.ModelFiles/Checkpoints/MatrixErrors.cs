using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Dropwise.ModelFiles;

/// <summary>How far a matrix of a checkpoint is from its weights, as its quantizer measured it: one value a level, from level 1.</summary>
/// <param name="Relative">‖W − Ŵ‖ / ‖W‖ in the Frobenius norm.</param>
/// <param name="Weighted">
/// tr(Δ H Δᵀ) / tr(W H Wᵀ), Δ = W − Ŵ and H the second moments of the input that the level gave the matrix; null where no text was looked at.
/// </param>
public sealed record MatrixErrors(ImmutableArray<double> Relative, ImmutableArray<double>? Weighted = null)
{
    private const string RelativeName = "relative";
    private const string WeightedName = "weighted";

    // JSON has no infinity, which is the relative error of a matrix of zeros that is decoded as something else.
    private bool IsFinite => Relative.All(double.IsFinite) && Weighted?.All(double.IsFinite) != false;

    /// <summary>The errors of all matrices as a JSON object; those that are not finite are left out.</summary>
    internal static string Write(SortedDictionary<string, MatrixErrors> errors)
    {
        var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            foreach ((string name, MatrixErrors matrix) in errors)
            {
                if (!matrix.IsFinite) continue;
                json.WriteStartObject(name);
                WriteList(json, RelativeName, matrix.Relative);
                if (matrix.Weighted is { } weighted) WriteList(json, WeightedName, weighted);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    /// <summary>Reads the errors of one matrix; null where they are something else.</summary>
    internal static MatrixErrors? Read(JsonElement matrix)
    {
        if (matrix.ValueKind != JsonValueKind.Object || !matrix.TryGetProperty(RelativeName, out JsonElement list) || ReadList(list) is not { } relative) return null;
        if (!matrix.TryGetProperty(WeightedName, out JsonElement other)) return new MatrixErrors(relative);
        return ReadList(other) is { } weighted ? new MatrixErrors(relative, weighted) : null;
    }

    private static void WriteList(Utf8JsonWriter json, string name, ImmutableArray<double> values)
    {
        json.WriteStartArray(name);
        foreach (double value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private static ImmutableArray<double>? ReadList(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array) return null;
        var values = ImmutableArray.CreateBuilder<double>(list.GetArrayLength());
        foreach (JsonElement element in list.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetDouble(out double value)) return null;
            values.Add(value);
        }

        return values.MoveToImmutable();
    }
}
