using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>
/// Matrices of SpQR (arXiv 2306.03078) as its authors publish them for their kernels: <c>dense_weights</c> (tiles of 16 × 16 weights with their
/// scales and statistics), <c>row_offsets</c> and <c>col_vals</c> (outliers), <c>in_perm</c> (the order of the inputs).
/// </summary>
internal static class SpqrMatrices
{
    private const string DensePart = ".dense_weights";
    private const string OrderPart = ".in_perm";

    /// <summary>Reads the matrices of a model.</summary>
    /// <param name="tensors">The model.</param>
    /// <exception cref="ModelFileException">No format is declared for the shape, or a part is missing, broken or of another shape.</exception>
    public static IEnumerable<CheckpointMatrix> Read(PublishedTensors tensors)
    {
        int bits = tensors.Fields.Size("bits", largest: 8), rows = tensors.Fields.Size("beta1"), columns = tensors.Fields.Size("beta2");
        string attributes =
            $"[UniformCode(Bits = {bits})] [Group({columns}, Zero = ZeroPoint.Quantized)] [SecondLevel(ScaleBits = {SpqrTiles.Bits}, ZeroBits = {SpqrTiles.Bits}, GroupRows = {rows})] "
            + "[SparseOutliers(Value = ScalarType.Float16, Index = 16, Layout = OutlierLayout.Jobs)]";
        string shape = $"codes of {bits} bits in tiles of {rows} rows x {columns} inputs";

        // The layout has fixed fields: another width or tile would be another layout, whether or not a format is declared for it.
        if (bits != SpqrTiles.Bits || rows != SpqrTiles.Size || columns != SpqrTiles.Size)
            throw new ModelFileException(tensors.Folder.Path, $"{shape} have no published layout (it has {SpqrTiles.Bits} bits and {SpqrTiles.Size} x {SpqrTiles.Size}); this line declares their format: {attributes}");
        FormatRow format = tensors.Format(IsDeclared, shape, attributes);
        Dictionary<string, LinearTensor> expected = Expected(tensors.Folder);
        var orders = new SpqrOrders();
        return tensors.Layers(DensePart).Select(layer => Matrix(tensors, layer, format, expected, orders));
    }

    private static bool IsDeclared(FormatDescriptor format) => format is
    {
        Kind: CodeKind.Uniform, CodeBits: SpqrTiles.Bits, Signed: false, GroupSize: SpqrTiles.Size, OutputScale: null,
        SecondLevel: { ScaleBits: SpqrTiles.Bits, ZeroBits: SpqrTiles.Bits, GroupRows: SpqrTiles.Size, Stat: ScalarType.Float16 },
        Outliers.Value: ScalarType.Float16,
    };

    // A layer's tensors have one dimension each: the configuration says what matrix they are.
    private static Dictionary<string, LinearTensor> Expected(ModelFolder folder)
    {
        var tensors = new DecoderTensors(folder.Config, folder.Tensors);
        return Enumerable.Range(0, folder.Config.Layers).SelectMany(layer => tensors.Layer(layer).Linears).Append(tensors.Head)
            .ToDictionary(static tensor => tensor.Weight, StringComparer.Ordinal);
    }

    private static CheckpointMatrix Matrix(
        PublishedTensors tensors, string layer, FormatRow format, Dictionary<string, LinearTensor> expected, SpqrOrders orders)
    {
        TensorView dense = tensors.Part(layer + DensePart, TensorType.Int64);
        TensorView offsets = tensors.Part($"{layer}.row_offsets", TensorType.Int32);
        TensorView entries = tensors.Part($"{layer}.col_vals", TensorType.Int32);
        string name = $"{layer}.weight";
        if (!expected.TryGetValue(name, out LinearTensor? shape)) throw PublishedTensors.Broken(dense, "is of no matrix that the configuration asks for");
        int rows = shape.Rows, columns = shape.Columns;
        if (rows % SpqrTiles.Size != 0 || columns % SpqrTiles.Size != 0 || dense.Elements != (long)rows * columns / SpqrTiles.Size)
            throw PublishedTensors.Broken(dense, $"has {dense.Elements} words; {rows} x {columns} weights in whole tiles of {SpqrTiles.Size} x {SpqrTiles.Size} have {(long)rows * columns / SpqrTiles.Size}");
        TensorView? order = tensors.Folder.Tensors.Find(layer + OrderPart) is null ? null : tensors.Part(layer + OrderPart, TensorType.Int32);
        SpqrOutliers outliers = new(offsets, entries, rows, columns);
        return new CheckpointMatrix
        {
            Name = name,
            Row = format,
            Rows = rows,
            Columns = columns,
            Levels = 1,
            Outliers = outliers.Count,
            Streams = [],
            Packed = new Lazy<StreamMemory>(() => StreamMemory.Of(format, Canonical(format, rows, columns, dense, outliers))),
            Codebooks = null,
            Transform = order is null ? null : orders.Of(order, columns),
            Owner = dense.File,
        };
    }

    private static CanonicalMatrix Canonical(FormatRow format, int rows, int columns, TensorView dense, SpqrOutliers outliers)
    {
        var matrix = new CanonicalMatrix(format.Descriptor, rows, columns);
        for (int row = 0; row < rows; row += SpqrTiles.Size)
        {
            ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(dense.Bytes((long)row * columns / SpqrTiles.Size * sizeof(ulong), columns * sizeof(ulong)));
            SpqrTiles.Unpack(words, row, matrix);
        }

        matrix.Outliers = outliers.AddedTo(matrix);
        return matrix;
    }
}
