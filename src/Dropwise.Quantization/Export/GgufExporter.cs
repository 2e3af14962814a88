using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Dropwise.Cpu;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Rounding;

namespace Dropwise.Quantization.Export;

/// <summary>Writes a model, quantized or not, as a GGUF file that other tools read: matrices in one block format or float16, vectors and what scores experts in float32.</summary>
public sealed class GgufExporter
{
    // Rows that are decoded, turned and rounded at a time: a few megabytes of any model.
    private const int ChunkRows = 64;

    private readonly ModelSource _source;
    private readonly FormatRow? _format;
    private readonly QuantizationRun _run;
    private readonly DecoderTensors _tensors;
    private readonly GgufNames _names;
    private readonly QueryScale _queries;

    private GgufExporter(ModelSource source, FormatRow? format, QuantizationRun run)
    {
        _source = source;
        _format = format;
        _run = run;
        _tensors = new DecoderTensors(source.Config, source.Tensors);
        _names = new GgufNames(source.Config, _tensors.Prefix);
        _queries = QueryScale.Of(source);
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
        yield return Matrix(_tensors.Embedding);
        if (!_source.Config.TiedEmbeddings) yield return Matrix(_tensors.Head);
        foreach (GgufContent norm in Norm(_tensors.FinalNorm)) yield return norm;
        for (int index = 0; index < _source.Config.Layers; index++)
        {
            foreach (GgufContent content in Layer(_tensors.Layer(index))) yield return content;
        }

        if (_source.Config.Rope.Scaling is Llama3RopeScaling) yield return Divisors();
    }

    private IEnumerable<GgufContent> Layer(LayerTensors layer) =>
    [
        .. layer.Norms.SelectMany(Norm),
        .. layer.QueryKeyValue.Append(layer.AttentionOutput).SelectMany(Linear),
        .. layer.Router is null
            ? layer.FeedForward[0].Linears.SelectMany(Linear)
            : [
                Matrix([layer.Router], [layer.Router.Rows, layer.Router.Columns], isKept: true),
                Experts(layer, static expert => expert.Gate!), Experts(layer, static expert => expert.Up), Experts(layer, static expert => expert.Down),
            ],
    ];

    private IEnumerable<GgufContent> Linear(LinearTensor tensor) => tensor.Bias is null ? [Matrix(tensor)] : [Matrix(tensor), Vector(tensor.Bias)];

    private IEnumerable<GgufContent> Norm(NormTensor tensor)
    {
        float one = _source.Config.Norm.OffsetWeight ? 1 : 0;
        GgufContent weight = Vector(tensor.Weight, one);
        return tensor.Bias is null ? [weight] : [weight, Vector(tensor.Bias)];
    }

    private GgufContent Matrix(LinearTensor tensor) => Matrix([tensor], [tensor.Rows, tensor.Columns]);

    private GgufContent Experts(LayerTensors layer, Func<FeedForwardTensors, LinearTensor> matrix)
    {
        LinearTensor[] experts = [.. layer.FeedForward.Select(matrix)];
        return Matrix(experts, [experts.Length, experts[0].Rows, experts[0].Columns]);
    }

    private string NameOf(string name) => _names.ToGguf(name) ?? throw new ModelFileException(_source.Path, name, "has no name in GGUF files of this architecture");

    private GgufContent Vector(string weight, float added = 0)
    {
        TensorView tensor = _source.Tensors[weight];
        string name = NameOf(weight);
        float factor = _queries.FactorOf(name);
        var order = RowOrder.Of(_source.Config, name);
        return new GgufContent(name, GgufTensorTypes.NumberOf(TensorType.Float32), tensor.Shape, tensor.Elements * sizeof(float), sink =>
        {
            float[] values = new float[tensor.Elements];
            tensor.ReadFloats(0, values);
            float[] moved = [.. Enumerable.Range(0, values.Length).Select(row => (values[order.SourceOf(row)] + added) * factor)];
            sink.Write(MemoryMarshal.AsBytes(moved.AsSpan()));
        });
    }

    /// <summary>A matrix, or those of all experts as one tensor.</summary>
    private GgufContent Matrix(LinearTensor[] matrices, ImmutableArray<long> shape, bool isKept = false)
    {
        (int rows, int columns) = (matrices[0].Rows, matrices[0].Columns);
        FormatRow? format = !isKept && _format is { } wanted && columns % wanted.Descriptor.InputUnit == 0 ? wanted : null;
        TensorType dense = isKept ? TensorType.Float32 : TensorType.Float16;
        string name = NameOf(matrices[0].Weight);
        uint type = format is null ? GgufTensorTypes.NumberOf(dense) : GgufTensorTypes.NumberOf(format.Descriptor.Name)
            ?? throw new QuantizationException($"{format.Descriptor.Name}: GGUF has no such type");
        long rowBytes = format is null ? (long)columns * TensorTypes.BytesOf(dense) : (long)(columns / format.Descriptor.InputUnit) * format.Descriptor.Block!.Bytes;
        return new GgufContent(name, type, shape, matrices.Length * rows * rowBytes, sink =>
        {
            foreach (LinearTensor matrix in matrices) Write(matrix, name, format, dense, rowBytes, sink);
        });
    }

    private void Write(LinearTensor tensor, string name, FormatRow? format, TensorType dense, long rowBytes, TensorSink sink)
    {
        var order = RowOrder.Of(_source.Config, name);
        float factor = _queries.FactorOf(name);
        if (format is not null && factor == 1 && _source.Matrices.TryGetValue(tensor.Weight, out CheckpointMatrix? own) && own.Row == format)
        {
            CopyRows(own, order, rowBytes, sink);
            return;
        }

        var weights = new WeightRows(_source, tensor.Weight, tensor.Columns);
        for (int first = 0; first < tensor.Rows; first += ChunkRows)
        {
            int count = Math.Min(ChunkRows, tensor.Rows - first);
            var chunk = new FloatMatrix(count, tensor.Columns, new float[count * tensor.Columns]);
            for (int i = 0; i < count; i++) weights.Read(order.SourceOf(first + i), chunk.Row(i));
            for (int i = 0; factor != 1 && i < chunk.Values.Length; i++) chunk.Values[i] *= factor;
            sink.Write(format is not null ? Blocks(chunk, format) : dense == TensorType.Float32 ? MemoryMarshal.AsBytes(chunk.Values.AsSpan()) : Halves(chunk));
        }
    }

    private static unsafe void CopyRows(CheckpointMatrix matrix, RowOrder order, long rowBytes, TensorSink sink)
    {
        for (int row = 0; row < matrix.Rows; row++) sink.Write(matrix.Owner, matrix.Streams[0] + (nint)(order.SourceOf(row) * rowBytes), rowBytes);
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
            GgufArchitecture.RopeDivisors, GgufTensorTypes.NumberOf(TensorType.Float32), [divisors.Length], divisors.Length * sizeof(float), sink => sink.Write(MemoryMarshal.AsBytes(divisors.AsSpan())));
    }
}
