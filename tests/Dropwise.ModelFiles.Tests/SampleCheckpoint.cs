using Dropwise.Cpu;

namespace Dropwise.ModelFiles.Tests;

/// <summary>A checkpoint with a nested format, a format of shared codebooks, a uniform format and two tensors as they are.</summary>
internal sealed class SampleCheckpoint
{
    private const string Config =
        """{"model_type":"llama","hidden_size":24,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":2,"vocab_size":40}""";

    /// <summary>The matrices by name, in the order in which they are in the file.</summary>
    public SortedDictionary<string, (FormatRow Row, CanonicalMatrix Matrix)> Matrices { get; } = new(StringComparer.Ordinal);

    /// <summary>The texts.</summary>
    public ModelTexts Texts { get; } = new(Config, """{"say":"\u0022hé\u0022 <é>"}""", null, """{"eos_token_id":[3]}""");

    /// <summary>Makes the matrices.</summary>
    public SampleCheckpoint()
    {
        InputTransform site = SampleMatrix.Transform(24, 1);
        CodebookSet shared = SampleMatrix.Codebooks(PlainFormat.Shared.Descriptor, 2);
        Add("layers.0.k.weight", PlainFormat.Nested, 9, 24, 10, null, site);
        Add("layers.0.q.weight", PlainFormat.Nested, 65, 24, 11, null, site);
        Add("layers.1.k.weight", PlainFormat.Nested, 3, 12, 12);
        Add("layers.1.o.weight", PlainFormat.Shared, 7, 10, 13, shared);
        Add("layers.1.p.weight", PlainFormat.Shared, 5, 6, 14, shared);
        Add("lm_head.weight", PlainFormat.Uniform, 40, 20, 15);
    }

    /// <summary>Writes the checkpoint.</summary>
    /// <returns>The byte of the file where each level ends.</returns>
    public IReadOnlyList<long> Write(string path, TemporaryFolder folder, bool reversed = false)
    {
        string source = folder.Write("source.safetensors", RawSafetensors.Bytes(RawSafetensors.ValidHeader, 12));
        using SafetensorsFile file = SafetensorsFile.Open(source);
        using var writer = new CheckpointWriter(path, Texts);
        foreach (TensorInfo info in reversed ? file.Tensors.Reverse() : file.Tensors) writer.Add(new TensorView(file.File, info));
        foreach ((string name, (FormatRow row, CanonicalMatrix matrix)) in reversed ? Matrices.Reverse() : Matrices) writer.Add(name, row, matrix);
        return writer.Complete(TestContext.Current.CancellationToken);
    }

    private void Add(string name, FormatRow row, int rows, int columns, int seed, CodebookSet? codebooks = null, InputTransform? transform = null) =>
        Matrices.Add(name, (row, SampleMatrix.Create(row.Descriptor, rows, columns, seed, codebooks, transform)));
}
