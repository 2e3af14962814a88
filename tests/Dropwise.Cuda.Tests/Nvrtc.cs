namespace Dropwise.Cuda.Tests;

/// <summary>The run-time compiler of the machine that tests run on; a test that needs it is skipped where there is none.</summary>
internal static class Nvrtc
{
    /// <summary>The architectures that every source must compile for.</summary>
    public static readonly string[] Architectures = ["sm_80", "sm_89", "sm_90a", "sm_100"];

    /// <summary>Finds the compiler, or skips the running test.</summary>
    public static RuntimeCompiler Find()
    {
        Assert.SkipUnless(RuntimeCompiler.IsPresent, NativeLibraryFinder.Of(NativeLibraryName.Nvrtc).Missing(Environment.GetEnvironmentVariable));
        return RuntimeCompiler.Instance;
    }
}
