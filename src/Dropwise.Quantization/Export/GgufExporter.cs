using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Dropwise.Cpu;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Rounding;

namespace Dropwise.Quantization.Export;

/// <summary>Writes a model, quantized or not, as a GGUF file that other tools read: matrices in one block format or float16, vectors in float32.</summary>
public sealed class GgufExporter
{
    // Rows that are decoded, turned and rounded at a time: a few megabytes of any model.
    private const int ChunkRows = 64;

    private const string RopeDivisors = "rope_freqs.weight";

    private readonly ModelSource _source;
    private readonly FormatRow? _format;
    private readonly QuantizationRun _run;

    private GgufExporter(ModelSource source, FormatRow? format, QuantizationRun run)
    {
        _source = source;
        _format = format;
        _run = run;
    }

    /// <summary>Writes the file.</summary>
    /// <param name="source">The model. Where its own rows are in blocks of the wanted format, they are copied bit by bit.</param>
    /// <param name="output">The file; its name appears only when it is complete.</param>
    /// <param name="format">The format of matrices, with blocks that GGUF knows; null for float16. Rows that are no whole blocks are float16 too.</param>
    /// <param name="run">Workers, progress and cancellation.</param>
    /// <returns>Whether the tokenizer is in the file: GGUF has names for some kinds only.</returns>
    /// <exception cref="ModelFileException">The model is of an architecture that is not written, or the file cannot be written.</exception>
    /// <exception cref="QuantizationException">A weight does not fit the format.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static bool Export(ModelSource source, string output, FormatRow? format, QuantizationRun run)
    {
        var exporter = new GgufExporter(source, format, run);
        GgufMetadataBuilder metadata = GgufModelMetadata.Of(source, FileTypeOf(format), out bool hasTokenizer);
        GgufContent[] tensors = [.. exporter.Contents()];
        long done = 0;
        long all = tensors.Sum(static tensor => tensor.ByteLength);
        GgufWriter.Write(output, metadata, [.. tensors.Select(tensor => tensor with
        {
            Write = sink =>
            {
                tensor.Write(sink);
                run.Report((double)(done += tensor.ByteLength) / all);
            },
        })], run.Cancellation);
        return hasTokenizer;
    }

    private static int FileTypeOf(FormatRow? format) => GgufTensorTypes.FileTypeOf(
        format is null ? GgufTensorTypes.NumberOf(TensorType.Float16) : GgufTensorTypes.NumberOf(format.Descriptor.Name) ?? 0);

    private IEnumerable<GgufContent> Contents()
    {
        foreach (TensorView tensor in _source.Tensors)
        {
            if (tensor.Name == RopeDivisors || tensor.Name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal)) continue;
            yield return tensor.Shape.Length == 2 ? Matrix(tensor.Name, (int)tensor.Shape[0], (int)tensor.Shape[1]) : Vector(tensor);
        }

        foreach (CheckpointMatrix matrix in _source.Matrices.Values.OrderBy(static matrix => matrix.Name, StringComparer.Ordinal))
            yield return Matrix(matrix.Name, matrix.Rows, matrix.Columns);
        if (_source.Config.Rope.Scaling is not null) yield return Divisors();
    }

    private string NameOf(string name) => GgufNames.ToGguf(name) ?? throw new ModelFileException(_source.Path, name, "has no name in GGUF files of this architecture");

    private GgufContent Vector(TensorView tensor)
    {
        float[] values = new float[tensor.Elements];
        return new GgufContent(NameOf(tensor.Name), GgufTensorTypes.NumberOf(TensorType.Float32), tensor.Shape, tensor.Elements * sizeof(float), sink =>
        {
            tensor.ReadFloats(0, values);
            sink.Write(MemoryMarshal.AsBytes(values.AsSpan()));
        });
    }

    private GgufContent Matrix(string name, int rows, int columns)
    {
        FormatRow? format = _format is { } wanted && columns % wanted.Descriptor.InputUnit == 0 ? wanted : null;
        var order = RowOrder.Of(_source.Config, name);
        uint type = format is null ? GgufTensorTypes.NumberOf(TensorType.Float16) : GgufTensorTypes.NumberOf(format.Descriptor.Name)
            ?? throw new QuantizationException($"{format.Descriptor.Name}: GGUF has no such type");
        long bytes = format is null ? (long)rows * columns * sizeof(ushort) : (long)rows * (columns / format.Descriptor.InputUnit) * format.Descriptor.Block!.Bytes;
        bool copies = format is not null && _source.Matrices.TryGetValue(name, out CheckpointMatrix? own) && own.Row == format;
        return new GgufContent(NameOf(name), type, [rows, columns], bytes, sink =>
        {
            if (copies) CopyRows(_source.Matrices[name], order, bytes / rows, sink);
            else WriteRows(new WeightRows(_source, name, columns), rows, columns, order, format, sink);
        });
    }

    private static unsafe void CopyRows(CheckpointMatrix matrix, RowOrder order, long rowBytes, TensorSink sink)
    {
        for (int row = 0; row < matrix.Rows; row++) sink.Write(matrix.Owner, matrix.Streams[0] + (nint)(order.SourceOf(row) * rowBytes), rowBytes);
    }

    private void WriteRows(WeightRows weights, int rows, int columns, RowOrder order, FormatRow? format, TensorSink sink)
    {
        for (int first = 0; first < rows; first += ChunkRows)
        {
            int count = Math.Min(ChunkRows, rows - first);
            var chunk = new FloatMatrix(count, columns, new float[count * columns]);
            for (int i = 0; i < count; i++) weights.Read(order.SourceOf(first + i), chunk.Row(i));
            sink.Write(format is null ? Halves(chunk) : Blocks(chunk, format));
        }
    }

    private static byte[] Halves(FloatMatrix chunk)
    {
        byte[] bytes = new byte[chunk.Values.Length * sizeof(ushort)];
        Span<Half> halves = MemoryMarshal.Cast<byte, Half>(bytes.AsSpan());
        for (int i = 0; i < halves.Length; i++) halves[i] = (Half)chunk.Values[i];
        return bytes;
    }

    private unsafe byte[] Blocks(FloatMatrix chunk, FormatRow format)
    {
        IMatrixQuantizer quantizer = format.Descriptor.SecondLevel is null ? new RtnQuantizer(format.Descriptor) : new BlockQuantizer(format.Descriptor);
        CanonicalMatrix matrix = quantizer.Quantize(chunk, new QuantizationRun(_run.Workers, _run.Cancellation));
        byte[] bytes = new byte[format.Streams(chunk.Rows, chunk.Columns)[0].ByteLength];
        fixed (byte* first = bytes) format.Pack(matrix, [(nint)first]);
        return bytes;
    }

    // llama.cpp reads a scaling as what it divides each frequency by.
    private GgufContent Divisors()
    {
        RopeConfig scaled = _source.Config.Rope, plain = scaled with { Scaling = null };
        int dimension = _source.Config.HeadDimension;
        float[] divisors = [.. Enumerable.Range(0, dimension / 2).Select(pair => (float)(plain.Frequency(pair, dimension) / scaled.Frequency(pair, dimension)))];
        return new GgufContent(
            RopeDivisors, GgufTensorTypes.NumberOf(TensorType.Float32), [divisors.Length], divisors.Length * sizeof(float), sink => sink.Write(MemoryMarshal.AsBytes(divisors.AsSpan())));
    }
}
