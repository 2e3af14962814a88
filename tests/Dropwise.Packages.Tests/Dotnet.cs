using System.Diagnostics;

namespace Dropwise.Packages.Tests;

/// <summary>Runs the SDK's command line as a stranger would.</summary>
internal static class Dotnet
{
    // Packing, restoring and compiling a small project takes seconds; a loaded machine may need minutes.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    /// <summary>Runs one command.</summary>
    /// <param name="folder">The working folder.</param>
    /// <param name="arguments">The command.</param>
    /// <returns>The exit code, and all that it wrote.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Servers that outlive the command would keep files of the temporary folder open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Patience);
        using Process process = Process.Start(start)!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
