using System.Diagnostics;

namespace Dropwise.Cli.Tests;

/// <summary>Runs the command as the compiler left it, in a process of its own: with its own settings and environment.</summary>
internal static class DevelopmentBuild
{
    public static CommandResult Run(Dictionary<string, string> environment, params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "dropwise.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CommandResult(process.ExitCode, output, error.Result);
    }
}
