using System.Text.Json;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;

namespace Dropwise.Cli.Pages;

/// <summary>The figures of a page about results of <c>dropwise eval --json</c>, which its script reads as one JSON object. What a result does not have is null.</summary>
internal sealed class ResultFigures
{
    private static readonly string[] Numbers = ["bytes", "context", "windows", "perplexity", "bits_per_byte", "accuracy"];

    private readonly List<Entry> _results = [];

    /// <summary>Results.</summary>
    public int Count => _results.Count;

    /// <summary>Reads results.</summary>
    /// <param name="paths">Files of what <c>eval --json</c> printed: one document each, or a list of them.</param>
    /// <exception cref="CommandException">A file cannot be read, or holds something else, or there is no result in any.</exception>
    public static ResultFigures Read(IEnumerable<string> paths)
    {
        var figures = new ResultFigures();
        foreach (string path in paths) figures.Add(path);
        if (figures.Count == 0) throw new CommandException("--results: there is no result in these files");
        return figures;
    }

    /// <summary>Writes the object.</summary>
    /// <param name="json">Receives it.</param>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("version", typeof(ResultFigures).Assembly.GetName().Version?.ToString(3));
        json.WriteStartArray("results");
        foreach (Entry entry in _results)
        {
            JsonElement result = entry.Result;
            json.WriteStartObject();
            json.WriteString("label", TextOf(result, "label") ?? TextOf(result, "model") ?? entry.Name);
            json.WriteString("model", TextOf(result, "model") ?? entry.Name);
            json.WriteString("text", TextOf(result, "text") ?? "a text");

            // Results of versions that did not count blocks had all of them quantized.
            WriteNumber(json, "bits", NumberOf(result, "block_bits") ?? NumberOf(result, "bits"));
            foreach (string number in Numbers) WriteNumber(json, number, NumberOf(result, number));
            json.WriteStartArray("tasks");
            if (result.TryGetProperty("tasks", out JsonElement tasks) && tasks.ValueKind == JsonValueKind.Array)
            {
                foreach (JsonElement task in tasks.EnumerateArray())
                {
                    json.WriteStartObject();
                    json.WriteString("task", TextOf(task, "task"));
                    WriteNumber(json, "n", NumberOf(task, "n") ?? 0);
                    json.WriteEndObject();
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void Add(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(TextFile.Read(path));
            JsonElement root = document.RootElement.Clone();
            if (root.ValueKind != JsonValueKind.Array)
            {
                Add(path, root, 1);
                return;
            }

            int number = 0;
            foreach (JsonElement result in root.EnumerateArray()) Add(path, result, ++number);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new CommandException($"--results {path}: is not what eval --json prints");
        }
    }

    private void Add(string path, JsonElement result, int number)
    {
        if (result.ValueKind != JsonValueKind.Object || (NumberOf(result, "perplexity") ?? NumberOf(result, "accuracy")) is null) throw new JsonException();
        if ((NumberOf(result, "block_bits") ?? NumberOf(result, "bits") ?? NumberOf(result, "bytes")) is null)
            throw new CommandException($"--results {path}: result {number} has no size: block_bits, bits or bytes, as eval --json prints them");

        // Texts that are no Unicode show only when they are read, which must not be when half of the page is written.
        foreach (string name in (string[])["label", "model", "text"]) _ = TextOf(result, name);
        if (result.TryGetProperty("tasks", out JsonElement tasks) && tasks.ValueKind != JsonValueKind.Null)
        {
            foreach (JsonElement task in tasks.EnumerateArray())
            {
                if (TextOf(task, "task") is null) throw new JsonException();
            }
        }

        _results.Add(new Entry(Path.GetFileNameWithoutExtension(path), result));
    }

    private static string? TextOf(JsonElement result, string name) =>
        result.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static double? NumberOf(JsonElement result, string name) =>
        result.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && double.IsFinite(value.GetDouble()) ? value.GetDouble() : null;

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }

    /// <summary>A result, and the name of its file.</summary>
    private sealed class Entry(string name, JsonElement result)
    {
        public string Name => name;

        public JsonElement Result => result;
    }
}
