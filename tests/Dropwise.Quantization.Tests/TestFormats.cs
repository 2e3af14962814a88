namespace Dropwise.Quantization.Tests;

/// <summary>Formats as data: the quantizers read descriptors, so these tests need no generated code.</summary>
internal static class TestFormats
{
    public static FormatDescriptor Uniform(int bits, int group, ZeroPoint zero, bool signed = false) => new()
    {
        Name = $"int{bits}g{group}{zero}", Kind = CodeKind.Uniform, CodeBits = bits, Signed = signed, GroupSize = group, Zero = zero,
    };

    public static FormatDescriptor Nf4(int group) => new()
    {
        Name = $"nf4g{group}", Kind = CodeKind.Lookup, CodeBits = 4, GroupSize = group,
        // The 16 quantiles of QLoRA (arXiv 2305.14314, appendix E).
        LookupValues =
        [
            -1f, -0.6961928f, -0.52507305f, -0.39491749f, -0.28444138f, -0.18477343f, -0.09105004f, 0f,
            0.0795803f, 0.1609302f, 0.2461123f, 0.33791524f, 0.44070983f, 0.562617f, 0.72295684f, 1f,
        ],
    };

    public static FormatDescriptor Additive(int count, int codeBits, int dimension, bool nested, ScalarType codeword = ScalarType.Float16) => new()
    {
        Name = $"a{count}x{codeBits}g{dimension}", Kind = CodeKind.Additive, CodeBits = codeBits, CodebookCount = count,
        Dimension = dimension, Codeword = codeword, OutputScale = ScalarType.Float16, Nested = nested,
    };
}
