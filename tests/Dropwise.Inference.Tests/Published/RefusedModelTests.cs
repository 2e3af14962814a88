using Dropwise.ModelFiles;

namespace Dropwise.Inference.Tests.Published;

/// <summary>Published models that no declared format describes, or whose parts do not fit together.</summary>
public sealed class RefusedModelTests
{
    [Theory]
    [InlineData(2, 12, 8)]
    [InlineData(8, 8, 32)]
    [InlineData(1, 14, 8)]
    public void Another_shape_is_refused_with_the_line_that_would_declare_it(int codebooks, int bits, int group)
    {
        string message = Refused(AqlmLayer.Config(codebooks, bits, group), (name, rows, columns, random) => AqlmLayer.Create(name, rows, columns, random, codebooks, Math.Min(bits, 4), group));
        Assert.Contains($"codes {codebooks}x{bits} of groups of {group} inputs have no format here", message, StringComparison.Ordinal);
        Assert.Contains($"[AdditiveCodebook(Count = {codebooks}, CodeBits = {bits}, Dimension = {group})] [OutputScale(ScalarType.Float16)]", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Codewords_of_several_rows_are_refused() =>
        Assert.Contains("out_group_size is 4", Refused(AqlmLayer.Config(1, 8, 8, rowGroup: 4), Aqlm), StringComparison.Ordinal);

    [Theory]
    [InlineData(4, 16, 16)]
    [InlineData(3, 32, 16)]
    public void Other_tiles_are_refused_with_the_line_that_would_declare_them(int bits, int rows, int columns)
    {
        string message = Refused(SpqrLayer.Config(bits, rows, columns), Spqr);
        Assert.Contains($"[UniformCode(Bits = {bits})] [Group({columns}, Zero = ZeroPoint.Quantized)] [SecondLevel(ScaleBits = 3, ZeroBits = 3, GroupRows = {rows})]", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_method_is_refused_and_the_known_ones_are_named() =>
        Assert.Contains("quant_method is 'gptq'; supported are aqlm, spqr", Refused("""{"quant_method":"gptq","bits":4}""", Aqlm), StringComparison.Ordinal);

    [Theory]
    [InlineData(".codebooks", "is missing")]
    [InlineData(".scales", "is missing")]
    public void A_missing_part_is_named(string part, string problem) => Assert.Contains(
        $"model.layers.0.self_attn.q_proj{part}' {problem}",
        Refused(AqlmLayer.Config(1, 8, 8), (name, rows, columns, random) => Altered(Aqlm(name, rows, columns, random), tensor => tensor.Name.EndsWith(part, StringComparison.Ordinal) ? null : tensor)),
        StringComparison.Ordinal);

    [Fact]
    public void Codes_of_another_shape_than_the_codebooks_are_named() => Assert.Contains(
        "tensor 'model.layers.0.self_attn.q_proj.codebooks' has shape [1, 256, 1, 8]; the quantization_config and the codes ask for [2, 256, 1, 8]",
        Refused(AqlmLayer.Config(2, 8, 8), (name, rows, columns, random) => new PublishedLayer([],
            [AqlmLayer.Create(name, rows, columns, random, 2, 8, 8).Tensors[0], .. Aqlm(name, rows, columns, random).Tensors.Skip(1)])),
        StringComparison.Ordinal);

    [Theory]
    [InlineData(new[] { 0, 5 }, "row_offsets' has 2 offsets")]
    [InlineData(null, "in_perm' is no order of the inputs")]
    public void A_broken_part_of_a_sparse_matrix_is_named(int[]? offsets, string problem) => Assert.Contains(problem, Refused(SpqrLayer.Config(), (name, rows, columns, random) =>
        Altered(Spqr(name, rows, columns, random), tensor => tensor.Name switch
        {
            _ when offsets is not null && tensor.Name.EndsWith(".row_offsets", StringComparison.Ordinal) => PublishedFolder.Tensor(tensor.Name, TensorType.Int32, offsets, offsets.Length),
            _ when offsets is null && tensor.Name.EndsWith(".in_perm", StringComparison.Ordinal) => PublishedFolder.Tensor(tensor.Name, TensorType.Int32, new int[columns / 2], columns / 2),
            _ => tensor,
        })), StringComparison.Ordinal);

    private static PublishedLayer Aqlm(string name, int rows, int columns, Random random) => AqlmLayer.Create(name, rows, columns, random, 1, 8, 8);

    private static PublishedLayer Spqr(string name, int rows, int columns, Random random) => SpqrLayer.Create(name, rows, columns, random, byTiles: false, isOrdered: true);

    private static PublishedLayer Altered(PublishedLayer layer, Func<TensorContent, TensorContent?> alter) =>
        layer with { Tensors = [.. layer.Tensors.Select(alter).OfType<TensorContent>()] };

    private static string Refused(string quantization, Func<string, int, int, Random, PublishedLayer> publish)
    {
        using var folder = new PublishedFolder(quantization, publish);
        return Assert.Throws<ModelFileException>(() => folder.Open().Dispose()).Message;
    }
}
