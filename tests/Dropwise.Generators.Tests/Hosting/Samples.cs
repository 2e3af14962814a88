namespace Dropwise.Generators.Tests.Hosting;

/// <summary>Legal declarations of every kind.</summary>
internal static class Samples
{
    /// <summary>Four-bit integers with an integer zero point.</summary>
    public const string Uniform =
        """
        namespace My.Formats;

        /// <summary>Four bits.</summary>
        [QuantFormat("my_int4")]
        [UniformCode(Bits = 4)]
        [Group(32, Zero = ZeroPoint.Original)]
        public readonly partial struct MyInt4;
        """;

    /// <summary>A table of four values, symmetric, with a value that some cultures spell with a comma.</summary>
    public const string Lookup =
        """
        namespace My.Formats;

        /// <summary>A table.</summary>
        [QuantFormat("my_table")]
        [LookupCode(-1f, -0.25f, 0.25f, 1f, Bits = 2)]
        [Group(64)]
        internal readonly partial struct MyTable;
        """;

    /// <summary>Three nested codebooks behind a rotation.</summary>
    public const string Nested =
        """
        namespace My.Formats.Nested;

        /// <summary>Nested codebooks.</summary>
        [QuantFormat("my_nested")]
        [AdditiveCodebook(Count = 3, CodeBits = 8, Dimension = 8, Codeword = ScalarType.Int8)]
        [InputRotation(Rotation.BlockHadamard)]
        [OutputScale(ScalarType.Float16)]
        [Nested]
        public readonly partial struct MyNested;
        """;

    /// <summary>One of each kind.</summary>
    public static readonly string[] All = [Uniform, Lookup, Nested];
}
