using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>Writes the decoders of codes with a second level.</summary>
internal static class SecondLevelDecoderEmitter
{
    /// <summary>Writes what all decoders share, and the decoders.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">A plan whose packing has a second level.</param>
    /// <param name="kernel">Any kernel of the level.</param>
    public static void Emit(SourceWriter writer, KernelPlan plan, KernelDefinition kernel)
    {
        var geometry = new SecondLevelGeometry(kernel);
        Shared(writer, geometry);
        writer.Line();
        SecondLevelFragmentEmitter.Emit(writer, geometry);
    }

    private static void Shared(SourceWriter writer, SecondLevelGeometry geometry)
    {
        int bits = geometry.StatisticBits;
        writer.Line($$"""
            // Codes of a step are whole multiples of themselves, 2^shift: a power of two costs nothing in the group's scale.
            DEVICE constexpr int code_shift(int step) { return {{geometry.Shift}}; }

            // The codes of a step of a unit, a byte each, times 2^shift, in the order of mma's registers.
            DEVICE void unpack(const u32 (&words)[{{4 * geometry.Bits}}], int step, u32 (&registers)[4])
            {
            #pragma unroll
                for (int i = 0; i < 4; i++) {
                    registers[i] = {{geometry.Register}};
                }
            }

            typedef GroupFields<{{bits}}> Fields;
            """);
    }
}
