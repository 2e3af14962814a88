using System.Diagnostics;
using Dropwise.Testing;

namespace Dropwise.Cli.Tests;

/// <summary>Processes that are really killed or interrupted.</summary>
[Trait("Category", "Slow")]
public sealed class ResumeTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_killed_run_goes_on_to_the_same_bytes()
    {
        string whole = _folder.Combine("whole"), output = _folder.Combine("out");
        Assert.Equal(0, Finish(Start(whole)));

        // Killed once in each of its first layers, wherever that happens to be.
        for (int layer = 0; layer < 3; layer++)
        {
            using Process killed = Start(output, "--resume");
            WaitFor(killed, Path.Combine(output + ".partial", $"layer-{layer:0000}.sha256"));
            killed.Kill();
            killed.WaitForExit();
            Assert.False(File.Exists(output));
        }

        Assert.Equal(0, Finish(Start(output, "--resume", "--threads", "1")));
        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(output));
        Assert.Equal(["out", "whole"], _folder.Files);
    }

    [Fact]
    public void A_killed_run_that_tunes_goes_on_to_the_same_bytes()
    {
        string quantized = _folder.Combine("quantized"), whole = _folder.Combine("whole"), output = _folder.Combine("out");
        Assert.Equal(0, Command.Run("quantize", TestData.DefaultModel, "--format", "int3g32", "-o", quantized).ExitCode);
        Assert.Equal(0, Finish(StartTuning(quantized, whole)));
        using (Process killed = StartTuning(quantized, output, "--resume"))
        {
            WaitFor(killed, Path.Combine(output + ".partial", "step-00000002.sha256"));
            killed.Kill();
            killed.WaitForExit();
        }

        Assert.False(File.Exists(output));
        Assert.Equal(0, Finish(StartTuning(quantized, output, "--resume", "--threads", "1")));
        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(output));
        Assert.Equal(["out", "quantized", "whole"], _folder.Files);
    }

    [Fact]
    public void Ctrl_C_says_how_to_go_on()
    {
        string ignored = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        Assert.SkipUnless((Convert.ToUInt64(ignored[7..].Trim(), 16) & 2) == 0, "this process was started with SIGINT ignored");
        string output = _folder.Combine("out");
        using Process interrupted = Start(output);
        WaitFor(interrupted, Path.Combine(output + ".partial", "layer-0000.sha256"));
        Process.Start("kill", ["-INT", $"{interrupted.Id}"]).WaitForExit();
        string error = interrupted.StandardError.ReadToEnd();
        interrupted.WaitForExit();
        Assert.Equal(1, interrupted.ExitCode);
        Assert.Equal($"error: interrupted; the same command with --resume goes on with what {output}.partial holds\n", error);
    }

    private static Process Start(string output, params string[] more)
    {
        string model = TestData.DefaultModel, text = TestData.Find("models/tiny-stories-7m/calibration.txt");
        string[] arguments =
        [
            "quantize", model, "--format", "dbd4x8g8h", "--calibration", text, "--samples", "8", "--context", "128", "--block-tuning", "8", "-o", output, .. more,
        ];
        return DevelopmentBuild.Start([], arguments);
    }

    private static Process StartTuning(string file, string output, params string[] more)
    {
        string model = TestData.DefaultModel, text = TestData.Find("models/tiny-stories-7m/calibration.txt");
        string[] arguments = ["tune", file, "--reference", model, "--text", text, "--samples", "8", "--context", "64", "--steps", "10", "-o", output, .. more];
        return DevelopmentBuild.Start([], arguments);
    }

    private static int Finish(Process process)
    {
        using (process)
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            TestContext.Current.TestOutputHelper?.WriteLine(output.Result + error);
            return process.ExitCode;
        }
    }

    private static void WaitFor(Process process, string path)
    {
        var watch = Stopwatch.StartNew();
        while (!File.Exists(path))
        {
            Assert.False(process.HasExited, "the run ended before it could be killed");
            Assert.True(watch.Elapsed < Patience, $"{path} does not appear");
            Thread.Sleep(5);
        }
    }
}
