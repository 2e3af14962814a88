using System.Diagnostics;

namespace Dropwise.Cli.Tests;

/// <summary>Runs the command as the compiler left it, in a process of its own: with its own settings and environment.</summary>
internal static class DevelopmentBuild
{
    // Many times what any command of these tests takes; one that hangs fails its test and not the run.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static CommandResult Run(Dictionary<string, string> environment, params string[] arguments)
    {
        using Process process = Start(environment, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            Assert.Fail($"dropwise {string.Join(' ', arguments)} hangs");
        }

        return new CommandResult(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Starts the command; whoever calls this waits for it.</summary>
    public static Process Start(Dictionary<string, string> environment, params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "dropwise.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
