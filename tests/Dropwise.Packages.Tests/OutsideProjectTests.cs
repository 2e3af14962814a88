using System.IO.Compression;
using Dropwise.Cuda;
using Dropwise.Cuda.Device;

namespace Dropwise.Packages.Tests;

[Trait("Category", "Slow")]
public sealed class OutsideProjectTests(PackageFeed feed) : IClassFixture<PackageFeed>
{
    [Fact]
    public async Task A_project_outside_declares_its_own_formats_and_its_kernels_agree_with_float64_on_every_engine()
    {
        string folder = await feed.CreateProjectAsync("Outside", ["Dropwise.Cpu"], "Formats.cs", "Program.cs", "Oracle.cs");
        var (built, buildOutput) = await Dotnet.RunAsync(folder, "build", "-c", "Release", "-nologo", "-v", "q");
        Assert.True(built == 0, buildOutput);

        var (exitCode, output) = await Dotnet.RunAsync(folder, Path.Combine("bin", "Release", "net10.0", "Outside.dll"));
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.True(exitCode == 0, output);
        foreach (string format in (string[])["odd5g64", "signed7", "offset8g32", "table3", "small2x4g16", "nested3x8g8"])
        {
            foreach (string precision in (string[])["Fast", "Exact"])
                Assert.Contains($"ok {format} level 1 Scalar {precision}", output, StringComparison.Ordinal);
        }

        Assert.Contains("ok nested3x8g8 level 3 Scalar Fast", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Formats_outside_have_CUDA_kernels_that_compile()
    {
        Assert.SkipUnless(RuntimeCompiler.IsPresent, "NVRTC was not found: set DROPWISE_NVRTC to its folder");
        string folder = await feed.CreateProjectAsync("Device", ["Dropwise.Cpu"], "Formats.cs", "CudaSources.cs");
        var (built, buildOutput) = await Dotnet.RunAsync(folder, "build", "-c", "Release", "-nologo", "-v", "q");
        Assert.True(built == 0, buildOutput);

        var (exitCode, output) = await Dotnet.RunAsync(folder, Path.Combine("bin", "Release", "net10.0", "Device.dll"), folder);
        Assert.True(exitCode == 0, output);
        string[] units = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(6, units.Select(static unit => unit.Split(' ')[0]).Distinct().Count());
        foreach (string unit in units)
        {
            string name = unit.Split(' ')[0], level = unit.Split(' ')[1];
            string text = DeviceSources.FormatUnit($"{name}.cu", await File.ReadAllTextAsync(Path.Combine(folder, $"{name}.cu"), TestContext.Current.CancellationToken));
            CompiledUnit compiled = RuntimeCompiler.Instance.Compile(new CompileUnit(name, text, "sm_80") { Defines = [$"LEVEL={level}", $"SHARED_BYTES={163 * 1024}"] });
            Assert.All(compiled.Resources, kernel => Assert.Contains($"_{name}_", kernel.Kernel, StringComparison.Ordinal));
            Assert.NotEmpty(compiled.Resources);
        }
    }

    [Fact]
    public async Task A_format_that_breaks_a_rule_does_not_build_outside_either()
    {
        string folder = await feed.CreateProjectAsync("Broken", ["Dropwise.Cpu"], "Broken.cs");
        var (exitCode, output) = await Dotnet.RunAsync(folder, "build", "-c", "Release", "-nologo", "-v", "q");
        Assert.NotEqual(0, exitCode);
        Assert.Contains("Broken.cs(6,21): error DW0003", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kernels_are_put_under_review_outside_and_accepting_a_snapshot_ends_the_failure()
    {
        string folder = await feed.CreateProjectAsync("Review", ["Dropwise.Cpu", "Dropwise.Snapshots"], "Formats.cs", "KernelReview.cs");
        var (built, buildOutput) = await Dotnet.RunAsync(folder, "build", "-c", "Release", "-nologo", "-v", "q");
        Assert.True(built == 0, buildOutput);

        string program = Path.Combine("bin", "Release", "net10.0", "Review.dll");
        var (first, firstOutput) = await Dotnet.RunAsync(folder, program);
        Assert.NotEqual(0, first);
        Assert.Contains("+    internal static unsafe void gemv_odd5g64_l1_a8_t64_avx2(TileArguments* tile)", firstOutput, StringComparison.Ordinal);

        File.Move(Path.Combine(folder, "KernelReview.Main_odd5g64_avx2.received.txt"), Path.Combine(folder, "KernelReview.Main_odd5g64_avx2.verified.txt"));
        var (second, secondOutput) = await Dotnet.RunAsync(folder, program);
        Assert.True(second == 0, secondOutput);
    }

    [Fact]
    public void The_generator_and_the_documentation_are_inside_the_package_of_the_attributes()
    {
        using ZipArchive package = ZipFile.OpenRead(Directory.GetFiles(feed.Feed, "Dropwise.Abstractions.*.nupkg").Single());
        string[] entries = [.. package.Entries.Select(static e => e.FullName)];
        Assert.Contains("analyzers/dotnet/cs/Dropwise.Generators.dll", entries);
        Assert.Contains("lib/net10.0/Dropwise.Abstractions.xml", entries);
    }
}
