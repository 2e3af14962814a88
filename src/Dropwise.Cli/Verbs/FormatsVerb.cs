using System.CommandLine;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Reports;
using Dropwise.Cpu;
using Spectre.Console;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise formats</c>: what is registered.</summary>
internal sealed class FormatsVerb : Verb
{
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Describes the verb.</summary>
    public FormatsVerb()
        : base("formats", "The weight formats that quantize takes.")
    {
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        FormatReport[] formats = [.. session.Formats.Rows.Select(Describe)];
        if (parsed.GetValue(_json))
        {
            ReportWriter.Write(session.Terminal.Output, formats, ReportContext.Default.FormatReportArray);
            return ExitCodes.Success;
        }

        Table table = Terminal.Table("format", "bits a weight, level 1 first", "engines");
        foreach (FormatReport format in formats)
            table.AddRow(format.Name, string.Join("  ", format.BitsPerWeight.Select(bits => $"{bits:0.###}")), string.Join(", ", format.Engines));
        session.Terminal.Show(table);
        return ExitCodes.Success;
    }

    private static FormatReport Describe(FormatRow row) => new(
        row.Descriptor.Name,
        [.. Enumerable.Range(1, row.Descriptor.Levels).Select(level => row.Descriptor.BitsPerWeight(level))],
        [.. row.Kernels.Select(kernel => kernel.Isa).Distinct().Order().Select(CpuFeatures.NameOf)]);
}
