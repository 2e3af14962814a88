using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>
/// Matrices of AQLM (arXiv 2401.06118) as its authors publish them: <c>codes</c> [N, K / g, M], two's complement of B bits in 8, 16 or 32;
/// <c>codebooks</c> F16 [M, 2^B, 1, g]; <c>scales</c> F16 [N, 1, 1, 1]. ŵ[n, g·j + i] = s_n · Σ_m C_m[code_m(n, j)][i].
/// </summary>
internal static class AqlmMatrices
{
    private const string CodesPart = ".codes";

    // Far above any published codebook, far below what a product of sizes could overflow.
    private const int MostCodeBits = 16;
    private const int MostCodebooks = 64;
    private const int MostGroupInputs = 1024;

    /// <summary>Reads the matrices of a model.</summary>
    /// <param name="tensors">The model.</param>
    /// <exception cref="ModelFileException">No format is declared for the shape, or a part is missing or of another shape.</exception>
    public static IEnumerable<CheckpointMatrix> Read(PublishedTensors tensors)
    {
        var shape = new AqlmShape(
            tensors.Fields.Size("num_codebooks", largest: MostCodebooks),
            tensors.Fields.Size("nbits_per_codebook", largest: MostCodeBits),
            tensors.Fields.Size("in_group_size", largest: MostGroupInputs));
        int rowsOfAGroup = tensors.Fields.Size("out_group_size", 1);
        if (rowsOfAGroup != 1)
            throw tensors.Fields.Invalid("out_group_size", $"is {rowsOfAGroup}; a codeword describes weights of one output row, as {shape.Attributes} declares");
        FormatRow format = tensors.Format(shape.IsDeclaredBy, $"{shape}", shape.Attributes);
        return tensors.Layers(CodesPart).Select(layer => Matrix(tensors, layer, shape, format));
    }

    private static CheckpointMatrix Matrix(PublishedTensors tensors, string layer, AqlmShape shape, FormatRow format)
    {
        TensorView codes = tensors.Part(layer + CodesPart, shape.CodeTypes);
        TensorView codebooks = tensors.Part($"{layer}.codebooks", TensorType.Float16, TensorType.BFloat16, TensorType.Float32);
        TensorView scales = tensors.Part($"{layer}.scales", TensorType.Float16, TensorType.BFloat16, TensorType.Float32);
        if (codes.Shape is not [> 0 and <= ConfigFields.LargestSize, > 0, _] || codes.Shape[1] > ConfigFields.LargestSize / shape.Group)
            throw PublishedTensors.Broken(codes, $"has shape {TensorInfo.Spell(codes.Shape.AsSpan())}, not [rows, inputs / {shape.Group}, {shape.Codebooks}]");
        int rows = (int)codes.Shape[0], columns = (int)codes.Shape[1] * shape.Group;
        RequireShape(codes, rows, columns / shape.Group, shape.Codebooks);
        RequireShape(codebooks, shape.Codebooks, 1 << shape.Bits, 1, shape.Group);
        RequireShape(scales, rows, 1, 1, 1);

        bool inPlace = format.Descriptor.HasWideCodes && shape.Codebooks == 1 && codes.Type == TensorType.Int16
            && scales.Type == TensorType.Float16 && rows % format.TileRows == 0;
        return new CheckpointMatrix
        {
            Name = $"{layer}.weight",
            Row = format,
            Rows = rows,
            Columns = columns,
            Levels = 1,
            Outliers = 0,
            Streams = inPlace ? [codes.Address, scales.Address] : [],
            Packed = inPlace ? null : new Lazy<StreamMemory>(() => StreamMemory.Of(format, Canonical(format, rows, columns, codes, scales))),
            Codebooks = CodebooksOf(codebooks, shape),
            Transform = null,
            Owner = codes.File,
        };
    }

    private static CanonicalMatrix Canonical(FormatRow format, int rows, int columns, TensorView codes, TensorView scales)
    {
        var matrix = new CanonicalMatrix(format.Descriptor, rows, columns);
        int count = matrix.Codes.Length, runs = columns / format.Descriptor.Dimension, bytes = TensorTypes.BytesOf(codes.Type);
        int mask = format.Descriptor.CodeCount - 1;
        for (int row = 0; row < rows; row++)
        {
            // Little-endian: the bits of a code are in the lower bytes, whatever the container.
            ReadOnlySpan<byte> stored = codes.Bytes((long)row * runs * count * bytes, runs * count * bytes);
            for (int run = 0; run < runs; run++)
            {
                for (int m = 0; m < count; m++)
                {
                    int at = ((run * count) + m) * bytes;
                    int code = bytes == 1 ? stored[at] : stored[at] | (stored[at + 1] << 8);
                    matrix.Codes[m][((long)row * runs) + run] = (ushort)(code & mask);
                }
            }
        }

        scales.ReadFloats(0, matrix.RowScales);
        RequireHalves(scales, matrix.RowScales);
        return matrix;
    }

    private static CodebookSet CodebooksOf(TensorView tensor, AqlmShape shape)
    {
        float[] values = new float[tensor.Elements];
        tensor.ReadFloats(0, values);
        if (tensor.Type != TensorType.Float16) RequireHalves(tensor, values);
        float[] factors = new float[shape.Codebooks];
        Array.Fill(factors, 1);
        return new CodebookSet(shape.Codebooks, 1 << shape.Bits, shape.Group, values, factors);
    }

    // Other types than the documented one are welcome as long as nothing is lost.
    private static void RequireHalves(TensorView tensor, ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if ((float)(Half)value != value) throw PublishedTensors.Broken(tensor, $"holds {value:G9}, which float16 does not hold exactly");
        }
    }

    private static void RequireShape(TensorView tensor, params ReadOnlySpan<long> shape)
    {
        if (!tensor.Shape.AsSpan().SequenceEqual(shape))
            throw PublishedTensors.Broken(tensor, $"has shape {TensorInfo.Spell(tensor.Shape.AsSpan())}; the quantization_config and the codes ask for {TensorInfo.Spell(shape)}");
    }
}
