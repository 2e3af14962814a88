using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Dropwise.Cli.Reports;

/// <summary>Writes what <c>--json</c> asks for.</summary>
internal static class ReportWriter
{
    /// <summary>Writes one document and a line end.</summary>
    /// <param name="output">Standard output.</param>
    /// <param name="report">The report.</param>
    /// <param name="type">Its generated description in <see cref="ReportContext"/>.</param>
    /// <typeparam name="T">The report's type.</typeparam>
    public static void Write<T>(TextWriter output, T report, JsonTypeInfo<T> type) =>
        output.WriteLine(JsonSerializer.Serialize(report, type));
}
