using System.Text.Json;
using System.Text.Json.Serialization;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Cli.Reports;

namespace Dropwise.Cli.Pages;

/// <summary>How long quantizing took, out of what <c>quantize --json</c> printed.</summary>
/// <param name="Seconds">The whole time.</param>
/// <param name="Stages">That of each stage; null where the document is older than stages.</param>
internal sealed record QuantizationTimes(double Seconds, StageReport[]? Stages = null)
{
    /// <summary>Reads the times.</summary>
    /// <param name="path">The file that holds the JSON document.</param>
    /// <exception cref="CommandException">It cannot be read, or is not such a document.</exception>
    public static QuantizationTimes Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(TextFile.Read(path), QuantizationTimesJson.Default.QuantizationTimes) is { } times && times.Stages?.Contains(null!) != true
                ? times
                : throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new CommandException($"--summary {path}: is not what quantize --json prints: {e.Message}");
        }
    }
}

/// <summary>Reads the two fields that a page needs, whatever else the document has.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(QuantizationTimes))]
internal sealed partial class QuantizationTimesJson : JsonSerializerContext;
