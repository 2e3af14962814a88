using System.CommandLine;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Reports;
using Dropwise.Cpu;
using Dropwise.ModelFiles;
using Dropwise.Quantization;
using Dropwise.Quantization.Export;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise export</c>: a model in, a file for other tools out.</summary>
internal sealed class ExportVerb : Verb
{
    private const string Float16 = "f16";

    private readonly ModelArgument _model = new("model");
    private readonly Option<bool> _gguf = new("--gguf") { Description = "Write a GGUF file, which llama.cpp and others read.", Required = true };
    private readonly Option<string> _type = new("--type")
    {
        Description = "What matrices become: f16, or a block format such as q8_0 or q4_0.",
        DefaultValueFactory = static _ => "q8_0",
    };

    private readonly Option<string> _output = new("--output", "-o") { Description = "The file to write.", Required = true };
    private readonly Option<int> _threads = CommonOptions.Threads();
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Describes the verb.</summary>
    public ExportVerb()
        : base("export", "Write a model, quantized or not, as a file that other tools read.")
    {
        _model.AddTo(this);
        Add(_gguf);
        Add(_type);
        Add(_output);
        Add(_threads);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        string output = parsed.GetRequiredValue(_output);
        FormatRow? format = FormatOf(parsed.GetRequiredValue(_type), session);
        using ModelSource source = ModelSource.OpenAny(_model.Of(parsed), session.Formats);
        bool hasTokenizer = ProgressReport.Run(session.Terminal, "export", progress =>
            GgufExporter.Export(source, output, format, new QuantizationRun(parsed.GetValue(_threads), session.Cancellation, progress)));
        if (!hasTokenizer) session.Terminal.Error.WriteLine($"note: {output} has no tokenizer: GGUF files are written with byte-level encodings of known families");
        var report = new ExportReport(output, format?.Descriptor.Name ?? Float16, new FileInfo(output).Length, hasTokenizer);
        if (parsed.GetValue(_json)) ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.ExportReport);
        else session.Terminal.Output.WriteLine($"{report.Output}: {report.Type}, {report.Bytes:N0} bytes");
        return ExitCodes.Success;
    }

    private static FormatRow? FormatOf(string type, CommandSession session)
    {
        if (type == Float16) return null;
        FormatRow format = session.Format(type);
        return format.Descriptor.Block is not null ? format : throw new UsageException($"--type {type}: is no type of GGUF files; f16, q8_0 and q4_0 are");
    }
}
