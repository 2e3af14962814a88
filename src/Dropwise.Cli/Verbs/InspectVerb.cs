using System.CommandLine;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Cli.Reports;
using Dropwise.ModelFiles;
using Spectre.Console;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise inspect</c>: what is in a model file.</summary>
internal sealed class InspectVerb : Verb
{
    private readonly ModelArgument _model = new("file");
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Describes the verb.</summary>
    public InspectVerb()
        : base("inspect", "What is in a model file: levels, formats, tensors.")
    {
        _model.AddTo(this);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        using ModelSource model = ModelSource.OpenAny(_model.Of(parsed), session.Formats);
        InspectReport report = model switch
        {
            CheckpointReader checkpoint => Describe(checkpoint),
            GgufModel gguf => Describe(gguf),
            _ => Describe(model),
        };
        if (parsed.GetValue(_json)) ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.InspectReport);
        else Print(report, session.Terminal);
        return ExitCodes.Success;
    }

    private static InspectReport Describe(ModelSource model) => new(
        model.Path,
        (model as PublishedModel)?.Method ?? "model",
        model.Config.ModelType,
        ParametersOf(model),
        model.Texts.Tokenizer is not null,
        [],
        MatricesOf(model),
        [
            .. ((model as PublishedModel)?.Contents ?? model.Tensors).Select(tensor => new TensorReport(
                tensor.Name, TensorTypes.NameOf(tensor.Type), [.. tensor.Shape], tensor.ByteLength, 1)),
        ]);

    private static InspectReport Describe(GgufModel model) => new(
        model.Path,
        "gguf",
        model.Config.ModelType,
        ParametersOf(model),
        model.Texts.Tokenizer is not null,
        [],
        MatricesOf(model),
        [.. model.Contents.Select(tensor => new TensorReport(tensor.Name, tensor.TypeName, [.. tensor.Shape], tensor.ByteLength, 1))])
    {
        Metadata = model.Metadata.Values.ToDictionary(static pair => pair.Key, static pair => pair.Value.ToString()),
    };

    private static long ParametersOf(ModelSource model) =>
        model.Tensors.Sum(tensor => tensor.Elements) + model.Matrices.Values.Sum(matrix => (long)matrix.Rows * matrix.Columns);

    private static MatrixReport[] MatricesOf(ModelSource model) =>
    [
        .. from matrix in model.Matrices.Values
           orderby matrix.Name
           select new MatrixReport(matrix.Name, matrix.Row.Descriptor.Name, matrix.Rows, matrix.Columns),
    ];

    private static InspectReport Describe(CheckpointReader checkpoint) => new(
        checkpoint.Path,
        "checkpoint",
        checkpoint.Config.ModelType,
        ParametersOf(checkpoint),
        checkpoint.Texts.Tokenizer is not null,
        [
            .. checkpoint.LevelEnds.Select((end, index) => new LevelReport(
                index + 1, end, index < checkpoint.PresentLevels, ServedSize.BitsOf(checkpoint, index + 1))),
        ],
        MatricesOf(checkpoint),
        [
            .. checkpoint.Contents.Select(tensor => new TensorReport(
                tensor.Info.Name, TensorTypes.NameOf(tensor.Info.Type), [.. tensor.Info.Shape], tensor.Info.ByteLength, tensor.Level)),
        ]);

    // Chat templates are pages long.
    private static string OneLine(string value)
    {
        const int Longest = 100;
        string line = value.ReplaceLineEndings(" ");
        return line.Length <= Longest ? line : $"{line.AsSpan(0, Longest)}…";
    }

    private static void Print(InspectReport report, Terminal terminal)
    {
        terminal.Output.WriteLine(
            $"{report.Path}: {report.Kind}, {report.Architecture}, {report.Parameters:N0} parameters, {(report.HasTokenizer ? "with" : "without")} tokenizer");
        foreach ((string key, string value) in report.Metadata ?? []) terminal.Output.WriteLine($"{key} = {OneLine(value)}");
        foreach (LevelReport level in report.Levels)
            terminal.Output.WriteLine($"level {level.Level}: {level.BitsPerWeight:0.000} bits a weight, ends at byte {level.EndByte:N0}{(level.Present ? "" : ", missing")}");
        foreach (IGrouping<string, MatrixReport> format in report.Matrices.GroupBy(matrix => matrix.Format))
            terminal.Output.WriteLine($"{format.Key}: {format.Count()} matrices, {format.Sum(matrix => (long)matrix.Rows * matrix.Columns):N0} weights");
        Table table = Terminal.Table("tensor", "type", "shape", ">bytes", ">level");
        foreach (TensorReport tensor in report.Tensors)
            table.AddRow(Markup.Escape(tensor.Name), tensor.Type, Markup.Escape($"[{string.Join(", ", tensor.Shape)}]"), $"{tensor.Bytes:N0}", $"{tensor.Level}");
        terminal.Show(table);
    }
}
