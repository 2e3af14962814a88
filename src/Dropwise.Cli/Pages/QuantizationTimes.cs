using System.Text.Json;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Cli.Reports;

namespace Dropwise.Cli.Pages;

/// <summary>How long quantizing took, out of what <c>quantize --json</c> printed.</summary>
/// <param name="Seconds">The whole time.</param>
/// <param name="Stages">That of each stage; null where the document is older than stages.</param>
internal sealed record QuantizationTimes(double Seconds, StageReport[]? Stages)
{
    /// <summary>Reads the times.</summary>
    /// <param name="path">The file that holds the JSON document.</param>
    /// <exception cref="CommandException">It cannot be read, or is not such a document.</exception>
    public static QuantizationTimes Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(TextFile.Read(path));
            JsonElement root = document.RootElement;
            StageReport[]? stages = root.TryGetProperty("stages", out JsonElement list)
                ? [.. list.EnumerateArray().Select(static stage => new StageReport(stage.GetProperty("name").GetString() ?? "", stage.GetProperty("seconds").GetDouble()))]
                : null;
            return new QuantizationTimes(root.GetProperty("seconds").GetDouble(), stages);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            // Not JSON, another kind of value than asked for, or a field that is not there.
            throw new CommandException($"--summary {path}: is not what quantize --json prints");
        }
    }
}
