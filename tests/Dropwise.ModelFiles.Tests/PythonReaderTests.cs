using System.ComponentModel;
using System.Diagnostics;
using Dropwise.Cpu;
using Dropwise.Testing;

namespace Dropwise.ModelFiles.Tests;

/// <summary>The format as the README describes it, read by programs that share no code with this one.</summary>
public sealed class PythonReaderTests(EveryFormatFixture fixture) : IClassFixture<EveryFormatFixture>
{
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Plain_python_decodes_every_format(int level)
    {
        string python = Interpreter("import struct");
        string output = fixture[$"plain-{level}"];
        Run(python, RepositoryRoot.Combine("tests/Dropwise.ModelFiles.Tests/decode.py"), fixture.CheckpointPath, $"{level}", output);
        fixture.AssertValues(output, fixture.Matrices.Keys.Order(StringComparer.Ordinal), level);
    }

    [Theory]
    [InlineData("int4g32", "uniform(\"int4g32\")", 1)]
    [InlineData("int3g128", "uniform(\"int3g128\")", 1)]
    [InlineData("dbd4x8g8", "additive(\"dbd4x8g8\", 2)", 2)]
    [InlineData("dbd4x8g8h", "additive(\"dbd4x8g8h\", 4)", 4)]
    public void The_numpy_reader_of_the_readme_decodes_a_uniform_and_an_additive_matrix(string name, string call, int level)
    {
        Assert.True(fixture.Registry.Rows.Any(row => row.Descriptor.Name == name));
        string python = Interpreter("import numpy");
        string script = fixture[$"numpy-{name}.py"];
        string output = fixture[$"numpy-{name}"];
        File.WriteAllText(script, $"{ReadmeCode()}\n{call}.astype(\"<f4\").tofile(sys.argv[2])\n");
        Run(python, script, fixture.CheckpointPath, output);
        fixture.AssertValues(output, [name], level);
    }

    [Fact]
    public void The_numpy_reader_has_at_most_30_lines() => Assert.InRange(ReadmeCode().Trim().Split('\n').Length, 1, 30);

    private static string ReadmeCode()
    {
        const string fence = "```";
        string text = File.ReadAllText(RepositoryRoot.Combine("src/Dropwise.ModelFiles/README.md"));
        int start = text.IndexOf($"{fence}python\n", StringComparison.Ordinal) + fence.Length + "python\n".Length;
        return text[start..text.IndexOf(fence, start, StringComparison.Ordinal)];
    }

    /// <summary>A Python that can run a line; skips the test where there is none.</summary>
    private static string Interpreter(string line)
    {
        foreach (string candidate in (string[])["python3", "/usr/bin/python3", "python"])
        {
            try
            {
                if (Execute(candidate, "-c", line).ExitCode == 0) return candidate;
            }
            catch (Win32Exception)
            {
                // No such program.
            }
        }

        Assert.Skip($"no Python here runs '{line}'");
        return "";
    }

    private static void Run(string program, params string[] arguments)
    {
        (int exitCode, string error) = Execute(program, arguments);
        Assert.True(exitCode == 0, error);
    }

    private static (int ExitCode, string Error) Execute(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}
