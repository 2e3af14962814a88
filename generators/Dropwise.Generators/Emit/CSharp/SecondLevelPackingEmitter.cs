using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes <c>Pack</c> and <c>Unpack</c> of planar codes with a second level: the codes here, the rest by the run time's own packers.</summary>
internal static class SecondLevelPackingEmitter
{
    /// <summary>Writes the members.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="plan">A plan whose packing has a second level.</param>
    public static void Emit(SourceWriter writer, KernelPlan plan)
    {
        var packing = (SecondLevelPacking)plan.Layout.Packing;
        writer.Line($"""
            // Codes are u8 [rows / 64, inputs / 32, 4 quarters, {plan.Format.CodeBits} vectors of 64 bytes]; a group of 16 inputs has 16 words of {packing.StatisticBits} bytes for its
            // quantized scales and zeros, and 4 statistics a quarter. Rows and inputs of padding are zero.
            """);
        using (writer.Block("private static unsafe void Pack(CanonicalMatrix source, ReadOnlySpan<nint> streams)"))
        {
            Prelude(writer, "source");
            using (writer.Block("for (int row = 0; row < rows; row++)"))
            {
                PlanarCodeText.Lane(writer, packing.Planes);
                using (writer.Block("for (int column = 0; column < columns; column++)"))
                {
                    writer.Line("int code = source.Codes[0][((long)row * columns) + column];");
                    PlanarCodeText.Store(writer, packing.Planes);
                }
            }

            writer.Line();
            writer.Line($"StatisticStreams.Pack(source, (byte*)streams[1], (ushort*)streams[2], {packing.StatisticBits});");
            if (packing.Outliers) writer.Line("OutlierStreams.Pack(source, (uint*)streams[3], (uint*)streams[4]);");
        }

        writer.Line();
        using (writer.Block("private static unsafe void Unpack(ReadOnlySpan<nint> streams, CanonicalMatrix destination)"))
        {
            Prelude(writer, "destination");
            using (writer.Block("for (int row = 0; row < rows; row++)"))
            using (writer.Block("for (int column = 0; column < columns; column++)"))
                writer.Line($"destination.Codes[0][((long)row * columns) + column] = (ushort)({PlanarCodeText.Load(packing.Planes)});");
            writer.Line();
            writer.Line($"StatisticStreams.Unpack((byte*)streams[1], (ushort*)streams[2], {packing.StatisticBits}, destination);");
            if (packing.Outliers) writer.Line("OutlierStreams.Unpack((uint*)streams[3], (uint*)streams[4], destination);");
        }

        writer.Line();
        PlanarCodeText.CodeAt(writer, packing.Planes, twosComplement: false);
    }

    private static void Prelude(SourceWriter writer, string matrix)
    {
        writer.Line($"int rows = {matrix}.Rows;");
        writer.Line($"int columns = {matrix}.Columns;");
        writer.Line($"int blocks = (columns + {PlanarPacking.BlockInputs - 1}) / {PlanarPacking.BlockInputs};");
        writer.Line("byte* codes = (byte*)streams[0];");
    }
}
