using Dropwise.Generators.Tests.Hosting;

namespace Dropwise.Generators.Tests.Rules;

/// <summary>What no rule refuses must be translated: every combination of the language's choices, in one compilation.</summary>
[Trait("Category", "Slow")]
public sealed class CombinationTests
{
    private const string Row = "[OutputScale(ScalarType.Float16)]";

    [Fact]
    public void Every_combination_of_uniform_and_lookup_codes_compiles() => AssertCompiles(Uniform().Concat(Lookup()).Concat(SecondLevel()));

    [Fact]
    public void Every_combination_of_additive_codebooks_compiles() => AssertCompiles(Additive());

    private static void AssertCompiles(IEnumerable<string> declarations)
    {
        string[] sources =
        [
            .. declarations.Select(static (attributes, i) =>
                $"[QuantFormat(\"f{i}\")] {attributes} public readonly partial struct F{i};"),
        ];
        Generation generation = Generation.Of(sources);
        Assert.Empty(generation.Problems);
        Assert.Equal(sources.Length, generation.Files.Keys.Count(static name => name.EndsWith(".row.g.cs", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Uniform() =>
        from bits in Enumerable.Range(2, 7)
        from signed in (string[])["false", "true"]
        from scale in (string[])
        [
            "[Group(32)]", "[Group(96, Zero = ZeroPoint.Original)]",
            "[Group(64, Zero = ZeroPoint.Rescale, Scale = ScalarType.BFloat16)] " + Row, Row,
        ]
        where signed == "false" || !scale.Contains("Zero", StringComparison.Ordinal)
        select $"[UniformCode(Bits = {bits}, Signed = {signed})] {scale}";

    private static IEnumerable<string> SecondLevel() =>
        from bits in Enumerable.Range(2, 3)
        from statistic in (int[])[3, 4]
        from outliers in (string[])["", "[SparseOutliers]", "[SparseOutliers] [InputRotation(Rotation.BlockHadamard)]"]
        select $"[UniformCode(Bits = {bits})] [Group(16, Zero = ZeroPoint.Quantized)] [SecondLevel(ScaleBits = {statistic}, ZeroBits = {statistic})] {outliers}";

    private static IEnumerable<string> Lookup() =>
        from bits in Enumerable.Range(2, 3)
        from scale in (string[])["[Group(32)]", "[Group(96, Scale = ScalarType.Float32)] " + Row, Row]
        select $"[LookupCode({string.Join(", ", Enumerable.Range(-1, 1 << bits).Select(static v => $"{v}f"))}, Bits = {bits})] {scale}";

    private static IEnumerable<string> Additive() =>
        from count in (int[])[1, 3]
        from bits in (int[])[4, 8]
        from dimension in (int[])[4, 8, 16]
        from codeword in (string[])["Float16", "Int8"]
        from nested in (string[])["", "[Nested] [InputRotation(Rotation.BlockHadamard)]"]
        from scale in (string[])["", Row]
        where nested.Length == 0 || count > 1
        select $"[AdditiveCodebook(Count = {count}, CodeBits = {bits}, Dimension = {dimension}, Codeword = ScalarType.{codeword})] {nested} {scale}";
}
