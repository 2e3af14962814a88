using Dropwise.Cuda;
using Dropwise.Inference.Blocks.Engines.Cuda;
using Dropwise.Quantization.Verification;

namespace Dropwise.Quantization.Tests;

/// <summary>What <c>dropwise verify --device cuda</c> checks of quantizing, where there is a device.</summary>
public sealed class DeviceQuantizationTests
{
    [Fact]
    public void A_device_makes_of_weights_what_the_processor_makes_of_them()
    {
        string? missing = CudaLibrary.Detect().Missing ?? (CudaBlas.IsPresent ? null : "cuBLAS is not installed");
        Assert.SkipUnless(missing is null, missing ?? "");
        using CudaContext context = CudaContext.Open();
        using var engine = new CudaEngine(context);
        var checks = new List<DeviceCheck>();
        new DeviceQuantization(engine, checks.Add, QuantizationRun.Default).Run(seed: 1);
        foreach (DeviceCheck check in checks) TestContext.Current.TestOutputHelper?.WriteLine($"{check.Error:G3} of {check.Limit:G3}: {check.Name}");
        Assert.All(checks, static check => Assert.True(check.Error <= check.Limit, check.ToString()));
    }
}
