using System.Text.Json;
using Dropwise.Cpu;
using Dropwise.Formats;

namespace Dropwise.Cli.Tests;

public sealed class FormatTests
{
    [Fact]
    public void Formats_lists_the_whole_registry()
    {
        JsonElement json = Command.Run("formats", "--json").Json;
        Assert.Equal(
            new FormatRegistry(FormatTable.Rows).Rows.Select(row => row.Descriptor.Name),
            json.EnumerateArray().Select(format => format.GetProperty("name").GetString()));
        foreach (JsonElement format in json.EnumerateArray())
        {
            Assert.All(format.GetProperty("bits_per_weight").EnumerateArray(), bits => Assert.InRange(bits.GetDouble(), 0.5, 32));
            Assert.Equal(JsonValueKind.Array, format.GetProperty("engines").ValueKind);
        }
    }

    [Fact]
    public void Formats_prints_a_row_a_format()
    {
        CommandResult result = Command.Run("formats");
        Assert.Equal(0, result.ExitCode);
        Assert.All(FormatTable.Rows, row => Assert.Contains($" {row.Descriptor.Name} ", result.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void Emit_prints_the_generated_source()
    {
        CommandResult result = Command.Run("emit", "int4g32", "--engine", "layout");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("partial struct Int4g32", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Emit_refuses_an_unknown_format_and_lists_those_that_exist() =>
        Command.Run("emit", "int4g31").FailsNaming(2, "int4g31", "int4g32");

    [Fact]
    public void Emit_refuses_an_unknown_engine() => Command.Run("emit", "int4g32", "--engine", "mmx").FailsNaming(2, "--engine", "mmx");
}
