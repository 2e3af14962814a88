using System.Runtime.CompilerServices;
using Dropwise.Cuda.Device;

namespace Dropwise.Cuda;

/// <summary>
/// Makes the form of activations that lie in device memory as float32. In a model the kernel before a product does this on its way; checks and
/// measurements of single products have no such kernel.
/// </summary>
/// <param name="programs">The programs of the context.</param>
public sealed class PlainForm(DevicePrograms programs)
{
    private readonly CudaModule _module = programs.Module(Unit(programs.Architecture));

    /// <summary>The source of the kernel.</summary>
    /// <param name="architecture">What to compile for.</param>
    public static CompileUnit Unit(string architecture) => new("activation_forms", DeviceSources.FormUnit(), architecture);

    /// <summary>Puts the making of a form into a stream.</summary>
    /// <param name="stream">The stream, also while it captures.</param>
    /// <param name="form">Where to write it.</param>
    /// <param name="values">
    /// The device address of float32 [tokens][K rounded up to 8], zero beyond K. The kernel reads runs of eight.
    /// </param>
    public void Make(CudaStream stream, in ActivationFormArguments form, nint values)
    {
        FormKernels.Make(_module, stream, new ValueArguments { Values = values }, form with { Columns = RoundUp(form.Columns) });
    }

    /// <summary>Floats from one token's values to the next one's.</summary>
    /// <param name="columns">Inputs K.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int RoundUp(int columns) => (columns + 7) & ~7;
}
