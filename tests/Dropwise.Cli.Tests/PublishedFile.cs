using System.Diagnostics;
using Dropwise.Testing;

namespace Dropwise.Cli.Tests;

/// <summary>Runs the natively compiled files that <c>dotnet publish</c> left in <c>artifacts/publish</c>.</summary>
internal static class PublishedFile
{
    /// <summary>The file for an instruction set; skips the test where it was not published or the processor cannot run it.</summary>
    public static string Find(string isa)
    {
        string path = RepositoryRoot.Combine($"artifacts/publish/x86-64-{isa}/dropwise");
        Assert.SkipUnless(File.Exists(path), $"{path} is not there: run dotnet publish src/Dropwise.Cli -c Release -r linux-x64 -p:DropwiseIsa={isa}");
        Assert.SkipUnless(isa != "v4" || System.Runtime.Intrinsics.X86.Avx512BW.VL.IsSupported, "this processor has no AVX-512");
        return path;
    }

    /// <summary>Runs it to its end.</summary>
    public static CommandResult Run(string isa, Dictionary<string, string>? environment, params string[] arguments)
    {
        using Process process = Start(isa, environment, arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CommandResult(process.ExitCode, output, error.Result);
    }

    /// <summary>Starts it from another folder than the file's, as users do.</summary>
    public static Process Start(string isa, Dictionary<string, string>? environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Find(isa), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment.Remove(Cpu.CpuFeatures.IsaVariable);
        foreach ((string name, string value) in environment ?? []) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
