using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Dropwise.Cli.Benchmarks;

/// <summary>The processor that figures were measured on.</summary>
internal static class Processor
{
    /// <summary>
    /// Whether this is the natively compiled file rather than a development build, which has compiled methods while it ran. What
    /// <see cref="RuntimeFeature.IsDynamicCodeSupported"/> says is set by the project for both.
    /// </summary>
    public static bool IsNativeFile => JitInfo.GetCompiledMethodCount() == 0;

    /// <summary>The brand string of the processor, from CPUID leaves 0x80000002 to 0x80000004.</summary>
    public static string Name()
    {
        const int firstLeaf = unchecked((int)0x80000002);
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax < unchecked((uint)firstLeaf + 2))
            return RuntimeInformation.ProcessArchitecture.ToString();
        Span<int> registers = stackalloc int[12];
        for (int leaf = 0; leaf < 3; leaf++)
        {
            (registers[4 * leaf], registers[(4 * leaf) + 1], registers[(4 * leaf) + 2], registers[(4 * leaf) + 3]) =
                X86Base.CpuId(firstLeaf + leaf, 0);
        }

        ReadOnlySpan<byte> name = MemoryMarshal.AsBytes(registers).Trim((byte)' ');
        int end = name.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? name : name[..end]).Trim();
    }
}
