using System;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes the sum of a block's eight byte products, or of some of them: pairs into 16-bit lanes, and those into 32 before they overflow.</summary>
internal static class ByteProducts
{
    /// <summary>Declares the products as a vector of int, from the code registers.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="codes">The code bytes of a sub-vector as an expression.</param>
    /// <param name="dialect">The instruction set.</param>
    /// <param name="productsBeforeWidening">Products that a 16-bit lane can sum.</param>
    /// <param name="activations">The activations of a sub-vector as an expression.</param>
    /// <param name="dot">The name of the sum.</param>
    /// <param name="from">The first sub-vector to multiply.</param>
    /// <param name="to">The one after the last.</param>
    public static void Sum(
        SourceWriter writer, Func<int, string> codes, VectorDialect dialect, int productsBeforeWidening, Func<int, string> activations,
        string dot = "dot", int from = 0, int to = PlanarPacking.SubVectors)
    {
        for (int first = from; first < to; first += productsBeforeWidening)
        {
            string sum = $"pairs{first / productsBeforeWidening}";
            for (int s = first; s < first + productsBeforeWidening; s++)
            {
                string product = $"{dialect.MultiplyAddAdjacent}({codes(s)}, {activations(s)})";
                writer.Line(s == first ? $"{dialect.Of("short")} {sum} = {product};" : $"{sum} += {product};");
            }

            string widened = $"{dialect.MultiplyAddAdjacent}({sum}, {dialect.Of("short")}.One)";
            writer.Line(first == from ? $"{dialect.Of("int")} {dot} = {widened};" : $"{dot} += {widened};");
        }
    }
}
