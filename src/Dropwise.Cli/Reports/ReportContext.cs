using System.Text.Json.Serialization;

namespace Dropwise.Cli.Reports;

/// <summary>
/// How reports become JSON, generated at compile time because a native file carries no reflection. Names are in snake_case and a
/// contract with the scripts that read them. Reports are written and never read, so nothing describes their members to a reader.
/// </summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true)]
[JsonSerializable(typeof(BenchReport))]
[JsonSerializable(typeof(DemoReport))]
[JsonSerializable(typeof(EvalReport))]
[JsonSerializable(typeof(ExportReport))]
[JsonSerializable(typeof(FormatReport[]))]
[JsonSerializable(typeof(InfoReport))]
[JsonSerializable(typeof(InspectReport))]
[JsonSerializable(typeof(PageReport))]
[JsonSerializable(typeof(PlanReport))]
[JsonSerializable(typeof(QuantizeReport))]
[JsonSerializable(typeof(TuneReport))]
[JsonSerializable(typeof(RunReport))]
[JsonSerializable(typeof(ModelVerifyReport))]
[JsonSerializable(typeof(VerifyReport))]
internal sealed partial class ReportContext : JsonSerializerContext;
