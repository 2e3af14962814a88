using System.Text.Json.Serialization;

namespace Dropwise.Cli.Pages;

/// <summary>How the figures of a page become JSON: written only, so that nothing to read them with goes into the native file.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(PageDocument))]
internal sealed partial class PageContext : JsonSerializerContext;
