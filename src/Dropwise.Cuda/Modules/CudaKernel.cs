namespace Dropwise.Cuda;

/// <summary>A kernel of a loaded module.</summary>
public sealed unsafe class CudaKernel
{
    // What every kernel may use without asking.
    private const int DefaultSharedBytes = 48 * 1024;

    private readonly CudaModule _module;
    private readonly nint _function;
    private int _allowedSharedBytes = DefaultSharedBytes;

    /// <summary>Takes over a function.</summary>
    /// <param name="module">The module, which lives as long as the kernel.</param>
    /// <param name="name">The kernel's name.</param>
    /// <param name="function"><c>CUfunction</c>.</param>
    internal CudaKernel(CudaModule module, string name, nint function)
    {
        _module = module;
        _function = function;
        Name = name;
        Registers = Attribute(FunctionAttribute.Registers);
        LocalBytes = Attribute(FunctionAttribute.LocalBytes);
        StaticSharedBytes = Attribute(FunctionAttribute.SharedBytes);
        MaxThreads = Attribute(FunctionAttribute.MaxThreadsPerBlock);
    }

    /// <summary>The kernel's name.</summary>
    public string Name { get; }

    /// <summary>Registers a thread.</summary>
    public int Registers { get; }

    /// <summary>Bytes of local memory a thread.</summary>
    public int LocalBytes { get; }

    /// <summary>Bytes of shared memory that the kernel declares itself.</summary>
    public int StaticSharedBytes { get; }

    /// <summary>The most threads of a block that registers allow.</summary>
    public int MaxThreads { get; }

    /// <summary>The context.</summary>
    public CudaContext Context => _module.Context;

    /// <summary>Blocks of a size that a multiprocessor holds at once.</summary>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="sharedBytes">Dynamic shared memory of a block.</param>
    public int ActiveBlocks(int threads, int sharedBytes)
    {
        Allow(sharedBytes);
        int blocks;
        CudaException.Check(DriverApi.cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, _function, threads, (nuint)sharedBytes), Name);
        return blocks;
    }

    /// <summary>Launches the kernel with scalars and addresses.</summary>
    /// <param name="stream">The stream, also while it captures.</param>
    /// <param name="shape">Blocks, threads, shared memory.</param>
    /// <param name="arguments">One for each parameter of the kernel, in order.</param>
    /// <exception cref="CudaException">The launch was refused; the message names the kernel.</exception>
    public void Launch(CudaStream stream, LaunchShape shape, params ReadOnlySpan<KernelArgument> arguments)
    {
        void** parameters = stackalloc void*[arguments.Length];
        fixed (KernelArgument* values = arguments)
        {
            for (int i = 0; i < arguments.Length; i++) parameters[i] = values + i;
            LaunchRaw(stream, shape, parameters);
        }
    }

    /// <summary>Launches the kernel with one structure, laid out as the kernel declares it.</summary>
    /// <param name="stream">The stream, also while it captures.</param>
    /// <param name="shape">Blocks, threads, shared memory.</param>
    /// <param name="arguments">The structure; copied by the launch.</param>
    /// <typeparam name="T">A blittable structure.</typeparam>
    /// <exception cref="CudaException">The launch was refused; the message names the kernel.</exception>
    public void LaunchWith<T>(CudaStream stream, LaunchShape shape, in T arguments)
        where T : unmanaged
    {
        fixed (T* value = &arguments)
        {
            void* parameter = value;
            LaunchRaw(stream, shape, &parameter);
        }
    }

    /// <summary>Launches the kernel with parameters of any types.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="shape">Blocks, threads, shared memory.</param>
    /// <param name="parameters">The address of each parameter.</param>
    internal void LaunchRaw(CudaStream stream, LaunchShape shape, void** parameters)
    {
        Allow(shape.SharedBytes);
        var attribute = new LaunchAttribute { Id = LaunchAttribute.ProgrammaticStreamSerialization, Value = 1 };
        var configuration = new LaunchConfiguration
        {
            GridX = (uint)shape.Blocks,
            GridY = (uint)shape.BlocksY,
            GridZ = (uint)shape.BlocksZ,
            BlockX = (uint)shape.Threads,
            BlockY = 1,
            BlockZ = 1,
            SharedBytes = (uint)shape.SharedBytes,
            Stream = stream.Enter(),
            Attributes = &attribute,
            AttributeCount = shape.Programmatic && Context.Device.HasProgrammaticLaunch ? 1u : 0u,
        };
        DriverResult result = DriverApi.cuLaunchKernelEx(&configuration, _function, parameters, null);

        // The text is only made where it is needed: a token launches hundreds of kernels.
        if (result != DriverResult.Success) CudaException.Check(result, $"{Name}, {shape}", nameof(DriverApi.cuLaunchKernelEx));
        stream.LastKernel = Name;
    }

    /// <summary>Opts in to more shared memory than the default, once.</summary>
    private void Allow(int sharedBytes)
    {
        if (sharedBytes <= _allowedSharedBytes) return;
        Context.Handle.MakeCurrent();
        CudaException.Check(
            DriverApi.cuFuncSetAttribute(_function, FunctionAttribute.MaxDynamicSharedBytes, sharedBytes),
            $"{Name}: {sharedBytes} bytes of shared memory, the device has {Context.Device.SharedBytesPerBlock} a block");
        _allowedSharedBytes = sharedBytes;
    }

    private int Attribute(FunctionAttribute attribute)
    {
        int value;
        CudaException.Check(DriverApi.cuFuncGetAttribute(&value, attribute, _function), Name);
        return value;
    }
}
