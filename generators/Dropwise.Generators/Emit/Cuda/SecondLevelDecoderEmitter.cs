using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>Writes how the codes of a format with a second level lie, and the drivers' decoders over them (<c>Drivers/SecondLevel*.cuh</c>).</summary>
internal static class SecondLevelDecoderEmitter
{
    /// <summary>Writes <c>Codes</c> and names the decoders.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">A plan whose packing has a second level.</param>
    /// <param name="kernel">Any kernel of the level.</param>
    public static void Emit(SourceWriter writer, KernelPlan plan, KernelDefinition kernel)
    {
        var geometry = new SecondLevelGeometry(kernel);
        writer.Line($$"""
            struct Codes {
                static constexpr int chunks = {{geometry.Bits}};
                static constexpr int statistic_bits = {{geometry.StatisticBits}};
                static constexpr bool has_outliers = {{(geometry.HasOutliers ? "true" : "false")}};

                // Codes of a step are whole multiples of themselves, 2^shift: a power of two costs nothing in the group's scale.
                static DEVICE constexpr int shift(int step) { return {{geometry.Shift}}; }

                // The codes of a step of a unit, a byte each, times 2^shift, in the order of mma's registers.
                static DEVICE void unpack(const u32 (&words)[4 * chunks], int step, u32 (&registers)[4])
                {
            #pragma unroll
                    for (int i = 0; i < 4; i++) {
                        registers[i] = {{geometry.Register}};
                    }
                }
            };

            template <typename Value>
            using Decoder = SecondLevelDecoder<Codes, Value>;

            template <int Steps, int Threads>
            using ByteDecoder = SecondLevelByteDecoder<Codes, Steps, Threads>;
            """);
    }
}
