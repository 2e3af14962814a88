using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Dropwise.Inference;
using Dropwise.Inference.Blocks;
using Dropwise.ModelFiles;

namespace Dropwise.Quantization.Models.Journal;

/// <summary>
/// A unit of a journal in the making, a layer or a single weight: matrices, and tensors with names of their own for what a finished unit is asked for beside
/// them: errors, which a report repeats, and norms and biases as they were tuned, exactly as they were in memory.
/// </summary>
internal sealed class JournalUnit : IDisposable
{
    private readonly QuantizationJournal _journal;
    private readonly string _name;

    /// <summary>Begins a unit.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="name">The unit's name.</param>
    /// <exception cref="ModelFileException">The folder cannot be written to.</exception>
    public JournalUnit(QuantizationJournal journal, string name)
    {
        (_journal, _name) = (journal, name);
        Writer = journal.Begin(name);
    }

    /// <summary>Takes matrices.</summary>
    public CheckpointWriter Writer { get; }

    /// <summary>Keeps what is known of a matrix's errors.</summary>
    /// <param name="summary">The matrix.</param>
    public void AddErrors(TensorSummary summary)
    {
        Add(ErrorsName(summary.Name), TensorType.Float64, summary.RelativeError.AsSpan());
        Add(WeightedErrorsName(summary.Name), TensorType.Float64, summary.WeightedError.AsSpan());
    }

    /// <summary>Keeps a layer's norms and biases.</summary>
    /// <param name="block">The layer.</param>
    public void AddParameters(DecoderBlock block)
    {
        foreach ((string name, float[] values) in Parameters(block)) Add<float>(name, TensorType.Float32, values);
    }

    /// <summary>Keeps codebooks that many units share.</summary>
    /// <param name="codebooks">The codebooks.</param>
    public void AddCodebooks(CodebookSet codebooks)
    {
        Add<float>(nameof(CodebookSet.Values), TensorType.Float32, codebooks.Values);
        Add<float>(nameof(CodebookSet.Scales), TensorType.Float32, codebooks.Scales);
    }

    /// <summary>Keeps values under a name of their own.</summary>
    /// <param name="name">The name.</param>
    /// <param name="values">The values.</param>
    public void AddValues(string name, ReadOnlySpan<float> values) => Add(name, TensorType.Float32, values);

    /// <summary>Keeps values under a name of their own.</summary>
    /// <param name="name">The name.</param>
    /// <param name="values">The values.</param>
    public void AddValues(string name, ReadOnlySpan<double> values) => Add(name, TensorType.Float64, values);

    /// <summary>Keeps codes under a name of their own.</summary>
    /// <param name="name">The name.</param>
    /// <param name="codes">The codes.</param>
    public void AddCodes(string name, ReadOnlySpan<ushort> codes) => Add(name, TensorType.Int16, MemoryMarshal.Cast<ushort, short>(codes));

    /// <summary>Ends the unit: it is finished from here on.</summary>
    /// <exception cref="ModelFileException">The disk is full or fails.</exception>
    public void Finish() => _journal.Finish(_name, Writer);

    /// <inheritdoc/>
    public void Dispose() => Writer.Dispose();

    /// <summary>‖W − Ŵ‖ / ‖W‖ of a matrix of a finished unit, at each level.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="matrix">The matrix's name.</param>
    public static ImmutableArray<double> ErrorsOf(CheckpointReader unit, string matrix) => Read<double>(unit, ErrorsName(matrix));

    /// <summary>tr(Δ H Δᵀ) / tr(W H Wᵀ) of a matrix of a finished unit, at each level; empty where it was not calibrated.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="matrix">The matrix's name.</param>
    public static ImmutableArray<double> WeightedErrorsOf(CheckpointReader unit, string matrix) => Read<double>(unit, WeightedErrorsName(matrix));

    /// <summary>Gives a layer the norms and biases of a finished unit, where it holds any.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="block">The layer.</param>
    /// <returns>Whether it holds any.</returns>
    public static bool RestoreParameters(CheckpointReader unit, DecoderBlock block)
    {
        if (Parameters(block).All(parameter => unit.Tensors.Find(parameter.Name) is null)) return false;
        foreach ((string name, float[] values) in Parameters(block)) unit.Tensors[name, values.Length].ReadFloats(0, values);
        return true;
    }

    /// <summary>The codebooks of a finished unit that holds nothing else.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="format">The format that they are of.</param>
    public static CodebookSet CodebooksOf(CheckpointReader unit, FormatDescriptor format) => new(
        format.CodebookCount, format.CodeCount, format.Dimension, [.. Read<float>(unit, nameof(CodebookSet.Values))], [.. Read<float>(unit, nameof(CodebookSet.Scales))]);

    /// <summary>Reads values back.</summary>
    /// <param name="unit">A finished unit.</param>
    /// <param name="name">Their name.</param>
    /// <typeparam name="T">Their type, as wide as what was kept.</typeparam>
    public static ImmutableArray<T> Read<T>(CheckpointReader unit, string name)
        where T : unmanaged
    {
        TensorView tensor = unit.Tensors[name];
        return [.. MemoryMarshal.Cast<byte, T>(tensor.Bytes(0, (int)tensor.ByteLength))];
    }

    private static string ErrorsName(string matrix) => $"errors of {matrix}";

    private static string WeightedErrorsName(string matrix) => $"weighted errors of {matrix}";

    private static IEnumerable<(string Name, float[] Values)> Parameters(DecoderBlock block)
    {
        for (int i = 0; i < block.Norms.Length; i++)
        {
            NormWeights norm = block.Norms[i];
            yield return ($"norm {i}", norm.Weight);
            if (norm.Bias is not null) yield return ($"bias of norm {i}", norm.Bias);
        }

        for (int i = 0; i < block.Linears.Length; i++)
        {
            if (block.Linears[i].Bias is { } bias) yield return ($"bias {i}", bias);
        }
    }

    private void Add<T>(string name, TensorType type, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        byte[] bytes = MemoryMarshal.AsBytes(values).ToArray();
        Writer.Add(new TensorContent(name, type, [values.Length], sink => sink.Write(bytes)));
    }
}
