using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>
/// Writes the planar decoder that the driver of few tokens takes (<c>Drivers/Gemv.cuh</c>): codes, or the two bytes of a table's entry, are multiplied
/// with the bytes of the activations by integer tensor cores, and a run's sum gets its scale and zero point.
/// </summary>
internal static class PlanarByteEmitter
{
    /// <summary>Writes <c>ByteDecoder</c>.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="geometry">The decoder's geometry.</param>
    public static void Emit(SourceWriter writer, PlanarGeometry geometry)
    {
        if (geometry.Table is { } table)
        {
            SplitTable split = SplitTable.Of(table.Values);
            LookUp(writer, "high", split.High);
            LookUp(writer, "low", split.Low);
            writer.Line();
            Decoder(writer, geometry, split);
        }
        else
        {
            Decoder(writer, geometry, null);
        }
    }

    private static void LookUp(SourceWriter writer, string name, EquatableArray<uint> words)
    {
        // Two arguments are a table of up to eight bytes, four one of sixteen.
        IEnumerable<uint> arguments = words.Count == 1 ? words.Append(0u) : words;
        writer.Line($"// The {name} bytes of the table's values as 16-bit integers.");
        writer.Line($"DEVICE u32 {name}_bytes(u32 nibbles) {{ return look_up_bytes(nibbles, {string.Join(", ", arguments.Select(static word => $"0x{word:x8}u"))}); }}");
    }

    private static void Decoder(SourceWriter writer, PlanarGeometry geometry, SplitTable? table)
    {
        writer.Line("// A unit of Steps steps, loaded and multiplied part by part with the bytes of split activations.");
        writer.Line("template <int Steps, int Threads>");
        using (writer.Block("struct ByteDecoder", "};"))
        {
            writer.Line($$"""
                static constexpr int unit_steps = Steps;
                static constexpr int parts = Steps / {{geometry.PartSteps}};
                static constexpr int table_bytes = 0;
                static constexpr int threads = Threads;
                static_assert(Steps % {{geometry.PartSteps}} == 0, "a unit is whole parts");

                template <int Tiles>
                using Columns = {{(geometry.SumSteps != 0 ? $"SummedColumns<Steps, Tiles, {geometry.PartRunSteps}, {geometry.SumSteps}>" : "PlaneColumns<Steps, Tiles>")}};

                // Nothing is looked up in shared memory.
                struct Tables
                {
                    DEVICE explicit Tables(const Matrix&) {}
                    DEVICE void store() {}
                };

                Streams streams;
                PartCodes loaded[parts];

                DEVICE ByteDecoder(const Matrix& matrix, const Products& p) : streams(matrix, p.padded_columns) {}

                DEVICE void load(bool wanted, int part, int tile, int unit) { loaded[part] = streams.load(tile, unit * parts + part, wanted); }

                static DEVICE u32 load_row_scale(const Matrix& matrix, int row) { return weights::load_row_scale(matrix, row); }

                static DEVICE float row_scale(u32 bits) { return weights::row_scale(bits); }

                """);
            writer.Line("template <int Tiles>");
            using (writer.Block("DEVICE void multiply(int index, const Columns<Tiles>& x, float (&y)[Tiles][2]) const")) PlanarByteProducts.Write(writer, geometry, table);
        }
    }
}
