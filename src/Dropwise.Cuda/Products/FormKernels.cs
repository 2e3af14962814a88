namespace Dropwise.Cuda;

/// <summary>Launches the kernels that make inputs of products, whichever module they are in.</summary>
public static class FormKernels
{
    // The same numbers as the device code: threads of a block that reads whole tokens, and of a slice, and its inputs.
    private const int WholeThreads = 256;
    private const int SliceThreads = 64;
    private const int SliceInputs = 512;

    /// <summary>Puts the making of a form into a stream.</summary>
    /// <param name="module">The module of the kernel.</param>
    /// <param name="stream">The stream, also while it captures.</param>
    /// <param name="arguments">Where the input comes from.</param>
    /// <param name="form">Where and what to write.</param>
    /// <typeparam name="T">The kernel.</typeparam>
    public static void Make<T>(CudaModule module, CudaStream stream, T arguments, in ActivationFormArguments form)
        where T : unmanaged, IFormArguments
    {
        if (form.Kind == ActivationFormKind.HalfRows)
        {
            stream.Fill(form.XHalfScales, 0, sizeof(float));
            Launch(module, stream, arguments, form with { Kind = ActivationFormKind.Largest });
        }

        Launch(module, stream, arguments, form);
    }

    private static void Launch<T>(CudaModule module, CudaStream stream, T arguments, in ActivationFormArguments form)
        where T : unmanaged, IFormArguments
    {
        arguments.Form = form;

        // Where a whole token decides about its scale one block makes the token; other forms spread it over the device, slice by slice where nothing is
        // read twice then, because few multiprocessors would wait for their share of the second-level cache.
        bool whole = form.Kind is ActivationFormKind.Half or ActivationFormKind.Largest;
        int threads = whole || T.ReadsWholeTokens ? WholeThreads : SliceThreads;
        int blockInputs = threads / SliceThreads * SliceInputs;
        int blocks = whole ? 1 : (form.PaddedColumns + blockInputs - 1) / blockInputs;
        module.Kernel(T.Kernel).LaunchWith(stream, new LaunchShape(blocks, threads) { BlocksY = form.Tokens }, arguments);
    }
}
