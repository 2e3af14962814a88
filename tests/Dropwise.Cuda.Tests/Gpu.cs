namespace Dropwise.Cuda.Tests;

/// <summary>The CUDA device of the machine that tests run on; a test that needs it is skipped where there is none.</summary>
internal static class Gpu
{
    /// <summary>Starts to use the device, or skips the running test.</summary>
    public static CudaContext Open()
    {
        CudaLibrary library = CudaLibrary.Detect();
        Assert.SkipUnless(library.Missing is null, library.Missing ?? "");
        return CudaContext.Open();
    }

    /// <summary>Compiles and loads a small program.</summary>
    /// <param name="context">The device.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="source">CUDA C++.</param>
    public static CudaModule Load(CudaContext context, string name, string source) =>
        RuntimeCompiler.Instance.Compile(new CompileUnit(name, source, RuntimeCompiler.Instance.ArchitectureFor(context.Device.Capability))).Load(context);
}
