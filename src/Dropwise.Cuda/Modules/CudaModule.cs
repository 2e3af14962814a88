using System.Collections.Concurrent;
using System.Text;

namespace Dropwise.Cuda;

/// <summary>A loaded cubin.</summary>
public sealed unsafe class CudaModule : IDisposable
{
    private readonly ResourceHandle _handle;
    private readonly ConcurrentDictionary<string, CudaKernel> _kernels = new(StringComparer.Ordinal);

    /// <summary>Loads a cubin.</summary>
    /// <param name="context">The context; the cubin is for the architecture of its device.</param>
    /// <param name="name">What the program is called, for messages.</param>
    /// <param name="cubin">What the run-time compiler made.</param>
    /// <exception cref="CudaException">The cubin is broken or for another architecture.</exception>
    public CudaModule(CudaContext context, string name, ReadOnlySpan<byte> cubin)
    {
        Context = context;
        Name = name;
        context.Handle.MakeCurrent();
        nint module;
        fixed (byte* image = cubin) CudaException.Check(DriverApi.cuModuleLoadData(&module, image), name);
        _handle = new ResourceHandle(context.Handle, module, DriverApi.cuModuleUnload);
    }

    /// <summary>The context.</summary>
    public CudaContext Context { get; }

    /// <summary>What the program is called.</summary>
    public string Name { get; }

    /// <summary>Finds a kernel; the same object for the same name.</summary>
    /// <param name="name">The name of an <c>extern "C" __global__</c> function.</param>
    /// <exception cref="CudaException">The module has no such kernel.</exception>
    public CudaKernel Kernel(string name) => _kernels.GetOrAdd(name, static (key, module) => module.Find(key), this);

    /// <summary>Reads a variable of the module.</summary>
    /// <param name="name">The name of an <c>extern "C"</c> variable of device or constant memory.</param>
    /// <typeparam name="T">A structure of the variable's size.</typeparam>
    /// <exception cref="CudaException">The module has no such variable.</exception>
    /// <exception cref="ArgumentException">The variable has another size.</exception>
    public T Read<T>(string name)
        where T : unmanaged
    {
        Context.Handle.MakeCurrent();
        nint pointer;
        nuint bytes;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
            CudaException.Check(DriverApi.cuModuleGetGlobal(&pointer, &bytes, _handle.Value, text), $"{name} in {Name}");
        if (bytes != (nuint)sizeof(T)) throw new ArgumentException($"{name} in {Name} has {bytes} bytes, {typeof(T).Name} has {sizeof(T)}", nameof(name));
        T value;
        CudaException.Check(DriverApi.cuMemcpyDtoH((nint)(&value), pointer, bytes), name);
        return value;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private CudaKernel Find(string name)
    {
        Context.Handle.MakeCurrent();
        nint function;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0')) CudaException.Check(DriverApi.cuModuleGetFunction(&function, _handle.Value, text), $"{name} in {Name}");
        return new CudaKernel(this, name, function);
    }
}
