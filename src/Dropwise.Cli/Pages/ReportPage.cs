using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Dropwise.Cli.Pages;

/// <summary>
/// Writes the page of <c>dropwise report</c>: its text, style, scripts and figures in one file. Its policy forbids whatever would be loaded from anywhere, so a page that
/// shows its plots has proved that it needs no network.
/// </summary>
internal static class ReportPage
{
    private const string Head = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
        <link rel="icon" href="data:,">
        <title>dropwise report</title>

        """;

    /// <summary>Writes a page.</summary>
    /// <param name="destination">Receives HTML in UTF-8.</param>
    /// <param name="figures">What it shows of a model.</param>
    public static void Write(Stream destination, PageFigures figures) => Write(destination, "page.html", "report.js", figures.Write);

    /// <summary>Writes a page.</summary>
    /// <param name="destination">Receives HTML in UTF-8.</param>
    /// <param name="figures">The results that it shows.</param>
    public static void Write(Stream destination, ResultFigures figures) => Write(destination, "results.html", "results.js", figures.Write);

    private static void Write(Stream destination, string body, string script, Action<Utf8JsonWriter> figures)
    {
        using var page = new StreamWriter(destination, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
        page.Write(Head);
        Element(page, "style", Asset("uPlot.min.css"));
        Element(page, "style", Asset("page.css"));
        page.Write("</head>\n<body>\n");
        page.Write(Asset(body));
        page.Write(Asset("end.html"));

        // JSON as it is written here has no '<', which alone could end the element.
        Element(page, "script", Json(figures), "id=\"figures\" type=\"application/json\"");
        Element(page, "script", Asset("uPlot.LICENSE.txt"), "id=\"plot-licence\" type=\"text/plain\"");
        Element(page, "script", Asset("uPlot.iife.min.js"));
        Element(page, "script", Asset("charts.js"));
        Element(page, "script", Asset(script));
        page.Write("</body>\n</html>\n");
    }

    private static void Element(StreamWriter page, string tag, string content, string? attributes = null) =>
        page.Write($"<{tag}{(attributes is null ? "" : " ")}{attributes}>\n{content.TrimEnd()}\n</{tag}>\n");

    private static string Json(Action<Utf8JsonWriter> figures)
    {
        var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes)) figures(json);
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static string Asset(string name)
    {
        using Stream packed = typeof(ReportPage).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(new DeflateStream(packed, CompressionMode.Decompress), Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
