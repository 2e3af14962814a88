using System.Globalization;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Model;
using Microsoft.CodeAnalysis.CSharp;

namespace Dropwise.Generators.Tests.Text;

public sealed class LiteralsTests
{
    [Theory]
    [InlineData(0.5f, "0.5f")]
    [InlineData(-0.52507305f, "-0.525073051f")]
    [InlineData(1e30f, "1.00000002E+30f")]
    [InlineData(-0f, "-0f")]
    [InlineData(float.NaN, "float.NaN")]
    [InlineData(float.PositiveInfinity, "float.PositiveInfinity")]
    [InlineData(float.NegativeInfinity, "float.NegativeInfinity")]
    public void Floats_are_spelled_so_that_no_bit_is_lost(float value, string expected) => Assert.Equal(expected, Literals.Of(value));

    [Fact]
    public void Every_spelled_float_parses_to_the_same_bits()
    {
        var random = new Random(1);
        for (int i = 0; i < 10_000; i++)
        {
            float value = BitConverter.UInt32BitsToSingle((uint)random.NextInt64(1L << 32));
            if (!float.IsFinite(value)) continue;
            float parsed = float.Parse(Literals.Of(value).TrimEnd('f'), CultureInfo.InvariantCulture);
            Assert.Equal(BitConverter.SingleToUInt32Bits(value), BitConverter.SingleToUInt32Bits(parsed));
        }
    }

    [Fact]
    public void Lists_are_collection_expressions() =>
        Assert.Equal("[-1f, 0.25f]", Literals.Of(new EquatableArray<float>([-1f, 0.25f])));

    [Theory]
    [InlineData("a\"b\\c")]
    public void Texts_survive_the_compiler(string text) =>
        Assert.Equal(text, ((Microsoft.CodeAnalysis.CSharp.Syntax.LiteralExpressionSyntax)SyntaxFactory.ParseExpression(Literals.Of(text))).Token.ValueText);
}
