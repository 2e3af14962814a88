using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>
/// Writes the decoders of somebody else's blocks, which lie in device memory as planes of codes: blocks with one scale are planar codes, and what is special about
/// quantized scales is hand-written (<c>Drivers/BlockDecoders.cuh</c>).
/// </summary>
internal static class BlockDecoderEmitter
{
    /// <summary>Writes operands and decoders.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">A plan whose packing is of blocks.</param>
    /// <param name="kernel">Any kernel of the level.</param>
    public static void Emit(SourceWriter writer, KernelPlan plan, KernelDefinition kernel)
    {
        var geometry = new PlanarGeometry(plan, kernel);
        if (geometry.BlockScales is null)
        {
            PlanarDecoderEmitter.Emit(writer, plan, kernel);
            return;
        }

        PlanarOperandEmitter.Operands(writer, geometry);
        writer.Line();
        using (writer.Block("struct Block", "};"))
        {
            writer.Line($$"""
                typedef PartCodes Part;
                typedef weights::Streams Streams;
                static constexpr int part_steps = {{geometry.PartSteps}};
                static constexpr int code_zero = {{geometry.ConstantZero}};
                static constexpr int sum_steps = {{geometry.SumSteps}};
                static constexpr bool has_signed = {{(geometry.TwosComplement ? "true" : "false")}};

                static DEVICE void unpack(const PartCodes& part, int step, u32 (&registers)[4]) { weights::unpack(part, step, registers); }
                """);
        }

        writer.Line();
        writer.Line("""
            template <typename Value>
            using Decoder = BlockDecoder<Block, Value>;

            template <int Steps, int Threads>
            using ByteDecoder = BlockByteDecoder<Block, Steps, Threads>;
            """);
    }

    /// <summary>The type that holds what the groups of a part share.</summary>
    /// <param name="geometry">The decoder's geometry; codes have a second level.</param>
    public static string Scales(PlanarGeometry geometry)
    {
        string kind = geometry.GroupOffset is null ? "QuantizedScales" : QuantizedGroups.SharesBytes(geometry.Format) ? "QuantizedHalves" : "QuantizedOffsets";
        string number = geometry.FormOf<BlockSteps>().Type == ScalarType.Float16 ? "half_bits" : "float";
        int zero = geometry.Format.Block!.SignedScales ? 1 << (geometry.BlockScales!.ScaleBits - 1) : 0;
        return $"{kind}<{number}, {geometry.PartSteps}, {geometry.FormOf<QuantizedGroups>().GroupInputs}, {zero}>";
    }
}
