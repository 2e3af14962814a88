using System.CommandLine;
using Dropwise.Cuda;

namespace Dropwise.Cli.Hosting;

/// <summary><c>--device cpu</c> or <c>--device cuda</c>.</summary>
internal static class DeviceOption
{
    private const string Cpu = "cpu";
    private const string Cuda = "cuda";

    /// <summary>Describes the option.</summary>
    public static Option<string> Create()
    {
        var option = new Option<string>("--device") { Description = "Where to run: cpu or cuda.", DefaultValueFactory = static _ => Cpu };
        option.AcceptOnlyFromAmong(Cpu, Cuda);
        return option;
    }

    /// <summary>Whether a value means a CUDA device.</summary>
    /// <param name="value">The option's value.</param>
    public static bool IsCuda(string? value) => value == Cuda;

    /// <summary>Starts to use the first CUDA device of this machine.</summary>
    /// <param name="gpus">Devices that the work will need in all.</param>
    /// <exception cref="CudaLibraryException">Driver, device, compiler or a further device is missing; the message says which in one line.</exception>
    public static CudaContext Open(int gpus = 1)
    {
        CudaLibrary.Require(gpus);
        return CudaContext.Open();
    }
}
