using System;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes <c>Pack</c> and <c>Unpack</c> of wide codes, which lie row after row.</summary>
internal static class WideCodePackingEmitter
{
    /// <summary>Writes the members.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="plan">A plan whose packing is <see cref="WideCodePacking"/>.</param>
    public static void Emit(SourceWriter writer, KernelPlan plan)
    {
        var packing = (WideCodePacking)plan.Layout.Packing;
        writer.Line($"// A plane is rows of columns / {packing.Dimension} codes, 16 bits each, little-endian. Rows of padding are zero.");
        using (writer.Block("private static unsafe void Pack(CanonicalMatrix source, ReadOnlySpan<nint> streams)"))
        {
            Planes(writer, plan, packing, "source.Codes[codebook].CopyTo(new Span<ushort>(codes, source.Codes[codebook].Length));");
            AdditivePackingEmitter.RowScales(writer, plan, type => $"rowScales[row] = {StoredScalar.Encode(type, "source.RowScales[row]")};", "source");
        }

        writer.Line();
        using (writer.Block("private static unsafe void Unpack(ReadOnlySpan<nint> streams, CanonicalMatrix destination)"))
        {
            string code = WideCodePacking.CodeOf(packing.CodeBits, "codes[i]");
            Planes(writer, plan, packing,
                "ushort[] plane = destination.Codes[codebook];",
                $"for (int i = 0; i < plane.Length; i++) plane[i] = {(packing.CodeBits == 16 ? code : $"(ushort){code}")};");
            AdditivePackingEmitter.RowScales(writer, plan, type => $"destination.RowScales[row] = {StoredScalar.Load(type, "rowScales + row")};", "destination");
        }
    }

    private static void Planes(SourceWriter writer, KernelPlan plan, WideCodePacking packing, params string[] move)
    {
        writer.Line($"ReadOnlySpan<int> streamOf = [{AdditivePackingEmitter.StreamsOfCodebooks(plan)}];");
        using (writer.Block($"for (int codebook = 0; codebook < {packing.Codebooks}; codebook++)"))
        {
            writer.Line("ushort* codes = (ushort*)streams[streamOf[codebook]];");
            writer.Line();
            writer.Line("// A level that is missing has no stream.");
            writer.Line("if (codes == null) continue;");
            foreach (string line in move) writer.Line(line);
        }
    }
}
