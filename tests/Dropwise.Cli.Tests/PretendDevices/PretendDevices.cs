using System.Diagnostics;
using Dropwise.Cuda;
using Dropwise.Testing;

namespace Dropwise.Cli.Tests;

/// <summary>
/// Two devices that compute nothing, in a process of its own: a driver and an NCCL of a page of C each, which count what is allocated and fail when
/// they are told to. Nothing they compute means anything; that all of it is released, and what a user is told, does.
/// </summary>
public sealed class PretendDevices : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Compiles both libraries; skips the tests where there is no C compiler, or no NVRTC, which is the real one.</summary>
    public PretendDevices()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeCompiler.IsPresent, "NVRTC was not found: set DROPWISE_NVRTC to its folder");
        Compile("libcuda.so.1", "driver.c", "-Wl,-soname,libcuda.so.1");
        Compile("libnccl.so.2", "nccl.c", "-L", _folder.Path, "-Wl,--no-as-needed", "-l:libcuda.so.1");
        Model = _folder.Combine("model.safetensors");
        Assert.Equal(0, Command.Run("quantize", SmallModel.Create(_folder), "--format", "int4g32", "-o", Model).ExitCode);
    }

    /// <summary>A small quantized model.</summary>
    internal string Model { get; }

    public void Dispose() => _folder.Dispose();

    /// <summary>What a command asked for: allocations, launches on the second device, waits for it.</summary>
    internal int[] Asked { get; private set; } = [];

    /// <summary>Runs a command on the devices, and requires that at its end nothing is left on them.</summary>
    /// <param name="failure">Which of the driver's variables to set, and to what; null for none.</param>
    /// <param name="arguments">The command.</param>
    internal CommandResult Run((string Variable, int Value)? failure, params string[] arguments)
    {
        string report = _folder.Combine("report");
        Dictionary<string, string> environment = new() { ["LD_LIBRARY_PATH"] = _folder.Path, ["DROPWISE_NCCL"] = _folder.Path, ["PRETEND_REPORT"] = report };
        if (failure is { } wanted) environment[wanted.Variable] = $"{wanted.Value}";
        CommandResult result = DevelopmentBuild.Run(environment, arguments);
        string[] lines = File.ReadAllLines(report);
        File.Delete(report);
        Assert.Equal("0 bytes, 0 objects, 0 graphs", lines[0]);
        Asked = [.. lines[1].Split(' ').Select(int.Parse)];
        return result;
    }

    private void Compile(string library, string source, params string[] options)
    {
        string path = RepositoryRoot.Combine($"tests/Dropwise.Cli.Tests/PretendDevices/{source}");
        var start = new ProcessStartInfo("gcc", ["-shared", "-fPIC", "-O1", "-o", _folder.Combine(library), path, .. options]) { RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, error);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("gcc is not here");
        }
    }
}
