using System.Runtime.CompilerServices;
using Dropwise.Cpu;

namespace Dropwise.Snapshots;

/// <summary>Puts the generated kernels of a format under review: the test fails when they change, and shows how.</summary>
public static class KernelSnapshot
{
    /// <summary>Compares the generated source of one engine with the snapshot beside the test.</summary>
    /// <typeparam name="TFormat">A type annotated with <see cref="QuantFormatAttribute"/>.</typeparam>
    /// <param name="engine">The engine: <c>scalar</c>, <c>avx2</c>, <c>avx512</c>, <c>avx512vbmi</c>, <c>cuda</c>, or <c>layout</c> for pack and unpack.</param>
    /// <param name="sourceFile">The test's file; the compiler fills it in.</param>
    /// <param name="method">The test's method; the compiler fills it in.</param>
    /// <returns>What the test awaits or returns.</returns>
    /// <exception cref="ArgumentException">The format has no such engine.</exception>
    public static SettingsTask Verify<TFormat>(
        string engine, [CallerFilePath] string sourceFile = "", [CallerMemberName] string method = "")
        where TFormat : IQuantFormat =>
        Verifier.Verify(TFormat.Row.Source(engine), sourceFile: sourceFile, method: method)
            .UseTextForParameters($"{TFormat.Row.Descriptor.Name}_{engine}");
}
