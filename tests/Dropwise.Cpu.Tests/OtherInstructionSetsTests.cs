using System.Diagnostics;

namespace Dropwise.Cpu.Tests;

/// <summary>
/// A process uses one instruction set, chosen at its start: these tests start this program again with a lower one and let it run the tests of
/// everything that chooses by it.
/// </summary>
public sealed class OtherInstructionSetsTests
{
    [Theory]
    [InlineData("avx2")]
    [InlineData("scalar")]
    public void All_operations_are_right_with_a_lower_instruction_set(string isa)
    {
        Assert.SkipUnless(string.IsNullOrEmpty(Environment.GetEnvironmentVariable(CpuFeatures.IsaVariable)), "this is such a process already");
        Assert.SkipUnless(CpuFeatures.Lowered(isa, CpuFeatures.Detected) < CpuFeatures.Detected || isa == "scalar", $"this processor has nothing above {isa}");
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet") start.ArgumentList.Add(typeof(OtherInstructionSetsTests).Assembly.Location);
        start.ArgumentList.Add("--filter-class");
        start.ArgumentList.Add("*VectorOperationsTests");
        start.ArgumentList.Add("*AttentionKernelTests");
        start.ArgumentList.Add("*DenseMatrixTests");
        start.Environment[CpuFeatures.IsaVariable] = isa;
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
    }
}
