using Dropwise.Cpu;
using Dropwise.Cuda;
using Dropwise.Cuda.Device;

namespace Dropwise.Inference.Blocks.Engines.Cuda;

/// <summary>A CUDA device: kernels of the project for rows, cuBLAS for products, everything in one stream. For one thread at a time.</summary>
public sealed unsafe partial class CudaEngine : BlockEngine
{
    private const int RowThreads = 256;
    private const int HeadThreads = 128;

    // Of one site and three levels: corrections, moments, damped moments and their factors, and one more of each.
    private const int KeptArrays = 16;

    private readonly Dictionary<string, CudaModule> _modules = new(StringComparer.Ordinal);
    private readonly List<(float[] Values, FloatMemory Memory)> _kept = [];
    private readonly CudaModule _module;
    private readonly CudaBlas _blas;
    private readonly CudaMemoryPool _pool;
    private readonly int _mostBlocks;
    private DeviceBuffer? _arguments;
    private nint _nextArgument;

    /// <summary>Compiles the kernels, or finds them compiled.</summary>
    /// <param name="context">The device; the caller's.</param>
    /// <exception cref="CudaLibraryException">NVRTC or cuBLAS was not found.</exception>
    /// <exception cref="CudaException">The device refuses.</exception>
    public CudaEngine(CudaContext context)
    {
        Context = context;
        _blas = new CudaBlas(context);
        _module = Module(new DeviceUnit("blocks", DeviceSources.BlockUnit(), []));
        Stream = new CudaStream(context);
        _pool = new CudaMemoryPool(context);

        // Eight blocks of 256 threads fill a multiprocessor; more would only be started and ended.
        _mostBlocks = 8 * context.Device.Multiprocessors;
    }

    /// <summary>The device.</summary>
    public CudaContext Context { get; }

    /// <summary>The stream that everything runs in.</summary>
    public CudaStream Stream { get; }

    /// <inheritdoc/>
    public override bool IsConcurrent => false;

    /// <summary>Whether products may round what they read to TF32: for gradients, never for what is measured or compared.</summary>
    public bool RoundsOperands
    {
        get => _blas.RoundsOperands;
        set => _blas.RoundsOperands = value;
    }

    /// <inheritdoc/>
    public override long FreeBytes => Context.FreeBytes;

    /// <inheritdoc/>
    public override void Wait() => Stream.Synchronize();

    /// <summary>Device code, compiled where it has not been.</summary>
    /// <param name="unit">The code.</param>
    /// <returns>The module, which belongs to the engine.</returns>
    /// <exception cref="CudaLibraryException">NVRTC was not found.</exception>
    public CudaModule Module(DeviceUnit unit)
    {
        if (_modules.TryGetValue(unit.Name, out CudaModule? known)) return known;
        RuntimeCompiler compiler = RuntimeCompiler.Instance;
        var compiled = new CompileUnit(unit.Name, unit.Source, compiler.ArchitectureFor(Context.Device.Capability)) { Defines = unit.Defines };
        CudaModule module = KernelCache.Default.GetOrCompile(compiler, compiled).Load(Context);
        _modules.Add(unit.Name, module);
        return module;
    }

    /// <inheritdoc/>
    public override int WindowsAtOnce(int tokens, int heads) => Math.Max(1, (int)Math.Min(256, TokensAtOnce / tokens));

    // A batch's widest values, of the feed-forward network, then stay below a gigabyte or two for the models of today.
    private static long TokensAtOnce => 32768;

    /// <inheritdoc/>
    public override FloatMemory Allocate(long length) => new CudaMemory(_pool, _pool.Rent(length * sizeof(float)), length);

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<float> values, float* target) => Write(values, (nint)target);

    /// <inheritdoc/>
    public override void Read(float* source, Span<float> values) => Read<float>((nint)source, values);

    /// <summary>Copies values of any type to the device.</summary>
    /// <param name="values">The values.</param>
    /// <param name="target">Where they go.</param>
    /// <typeparam name="T">The type.</typeparam>
    public void Write<T>(ReadOnlySpan<T> values, nint target)
        where T : unmanaged
    {
        fixed (T* source = values) Stream.CopyToDevice(target, source, (long)values.Length * sizeof(T));
    }

    /// <summary>Copies values of any type from the device, when all that was asked of it is done.</summary>
    /// <param name="source">Their address.</param>
    /// <param name="values">Receives them.</param>
    /// <typeparam name="T">The type.</typeparam>
    public void Read<T>(nint source, Span<T> values)
        where T : unmanaged
    {
        fixed (T* target = values) Stream.CopyToHost(target, source, (long)values.Length * sizeof(T));
        Stream.Synchronize();
    }

    /// <inheritdoc/>
    public override void Copy(FloatView source, FloatView target)
    {
        if (source.Rows == 0 || source.Columns == 0) return;
        if (source.Rows == 1 || (source.RowStride == source.Columns && target.RowStride == target.Columns))
            Stream.CopyOnDevice((nint)target.Data, (nint)source.Data, (long)source.Rows * source.Columns * sizeof(float));
        else LaunchElements("copy_rows", (long)source.Rows * source.Columns, Address(source), source.RowStride, Address(target), target.RowStride, source.Rows, source.Columns);
    }

    /// <inheritdoc/>
    public override void Clear(float* values, long count)
    {
        if (count > 0) Stream.Fill((nint)values, 0, count * sizeof(float));
    }

    /// <inheritdoc/>
    public override void Add(float* x, float* y, long count) => LaunchElements("add_values", count, (nint)x, (nint)y, count);

    /// <summary>y += x, of another width.</summary>
    /// <param name="x">float32 [count].</param>
    /// <param name="y">The address of float64 [count].</param>
    /// <param name="count">Elements.</param>
    public void AddToDoubles(float* x, nint y, long count) => LaunchElements("add_to_doubles", count, (nint)x, y, count);

    /// <summary>Copies what is below the diagonal of a matrix above it.</summary>
    /// <param name="matrix">The address of float64 [size, size].</param>
    /// <param name="size">Rows.</param>
    public void Mirror(nint matrix, int size) => LaunchElements("mirror_lower", (long)size * size, matrix, size);

    /// <summary>Values of the host on the device, kept there for those who ask for the same array next: the last few arrays are.</summary>
    /// <param name="values">The values, which do not change any more.</param>
    /// <returns>The copy, valid until some other arrays were asked for.</returns>
    public FloatMemory Keep(float[] values)
    {
        for (int i = 0; i < _kept.Count; i++)
        {
            if (_kept[i].Values != values) continue;
            (float[], FloatMemory Memory) found = _kept[i];
            _kept.RemoveAt(i);
            _kept.Add(found);
            return found.Memory;
        }

        return Keep(values, Upload(values));
    }

    /// <summary>Keeps a copy of values of the host that is on the device already.</summary>
    /// <param name="values">The values, which do not change any more.</param>
    /// <param name="memory">The copy; the engine's from here on.</param>
    /// <returns>The copy, valid until some other arrays were asked for.</returns>
    public FloatMemory Keep(float[] values, FloatMemory memory)
    {
        if (_kept.Count == KeptArrays)
        {
            _kept[0].Memory.Dispose();
            _kept.RemoveAt(0);
        }

        _kept.Add((values, memory));
        return memory;
    }

    /// <inheritdoc/>
    public override void Product(FloatView left, FloatView right, FloatView result, bool accumulate = false) => _blas.Multiply(Stream, left, right, result, accumulate);

    /// <summary>C −= A B, or C −= A Bᵀ, of float32 or float64.</summary>
    /// <param name="left">A.</param>
    /// <param name="right">B.</param>
    /// <param name="isTransposed">Whether B is transposed.</param>
    /// <param name="result">C.</param>
    public void Subtract(BlasView left, BlasView right, bool isTransposed, BlasView result) => _blas.Subtract(Stream, left, right, isTransposed, result);

    /// <inheritdoc/>
    public override void Multiply(BlockLinear linear, FloatView x, FloatView y)
    {
        if (y.Rows == 0) return;
        Product(x, WeightsOf(linear).Transposed, y);
        if (linear.Bias is { } bias) LaunchElements("add_to_rows", (long)y.Rows * y.Columns, Argument<float>(bias), Address(y), y.RowStride, y.Rows, y.Columns);
    }

    /// <inheritdoc/>
    public override void MultiplyBack(BlockLinear linear, FloatView dy, FloatView dx, bool accumulate = false)
    {
        if (dy.Rows > 0) Product(dy, WeightsOf(linear), dx, accumulate);
    }

    /// <summary>A map's weights on the device, copied there where they are not.</summary>
    /// <param name="linear">The map.</param>
    /// <returns>[N, K].</returns>
    public FloatView WeightsOf(BlockLinear linear) => linear.Resident(Upload).View(linear.Tensor.Rows, linear.Tensor.Columns);

    /// <summary>Where a map's weights are on the device, for somebody who writes them there: the host's are not copied.</summary>
    /// <param name="linear">The map.</param>
    public FloatMemory ResidentOf(BlockLinear linear) => linear.Resident(weights => Allocate(weights.Length));

    /// <inheritdoc/>
    public override void Dispose()
    {
        Stream.Drain();
        _arguments?.Dispose();
        foreach ((FloatMemory cosines, FloatMemory sines) in _ropes.Values)
        {
            cosines.Dispose();
            sines.Dispose();
        }

        foreach ((_, FloatMemory memory) in _kept) memory.Dispose();
        _pool.Dispose();
        Stream.Dispose();
        foreach (CudaModule module in _modules.Values) module.Dispose();
        _blas.Dispose();
    }

    private FloatMemory Upload(float[] values)
    {
        FloatMemory memory = Allocate(values.Length);
        Write(values, memory.Pointer);
        return memory;
    }

    /// <summary>
    /// Small values of the host for the next kernels: indices, weights of norms. They lie in a ring; the copies are in the stream, behind what last read the
    /// place, so that nothing waits.
    /// </summary>
    private nint Argument<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        const long alignment = 256;
        const long least = 1 << 22;
        long bytes = ((values.Length * sizeof(T)) + alignment - 1) / alignment * alignment;
        if (_arguments is null || bytes > _arguments.ByteLength / 4)
        {
            // Kernels that are under way may read the old one: freeing waits for them.
            _arguments?.Dispose();
            _arguments = new DeviceBuffer(Context, Math.Max(least, 8 * bytes));
            _nextArgument = 0;
        }

        if (_nextArgument + bytes > _arguments.ByteLength) _nextArgument = 0;
        nint address = _arguments.Pointer + _nextArgument;
        _nextArgument += (nint)bytes;
        fixed (T* source = values) Stream.CopyToDevice(address, source, values.Length * sizeof(T));
        return address;
    }

    /// <summary>Launches one of the kernels of layers. It begins when the one before it has ended: these do not wait for each other themselves.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="blocks">Blocks.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="arguments">One for each parameter, in order.</param>
    public void Launch(string kernel, int blocks, int threads, params ReadOnlySpan<KernelArgument> arguments) =>
        _module.Kernel(kernel).Launch(Stream, new LaunchShape(blocks, threads) { Programmatic = false }, arguments);

    /// <summary>Launches one of the kernels of layers with a structure.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="shape">Blocks and threads.</param>
    /// <param name="arguments">The structure, laid out as the kernel declares it.</param>
    /// <typeparam name="T">A blittable structure.</typeparam>
    public void LaunchWith<T>(string kernel, LaunchShape shape, in T arguments)
        where T : unmanaged => _module.Kernel(kernel).LaunchWith(Stream, shape with { Programmatic = false }, arguments);

    /// <summary>Launches one of the kernels of layers that go over elements, whatever their number.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="count">Elements; nothing is launched where there are none.</param>
    /// <param name="arguments">One for each parameter, in order.</param>
    public void LaunchElements(string kernel, long count, params ReadOnlySpan<KernelArgument> arguments)
    {
        if (count > 0) Launch(kernel, (int)Math.Min(_mostBlocks, (count + RowThreads - 1) / RowThreads), RowThreads, arguments);
    }

    private static nint Address(FloatView view) => (nint)view.Data;
}
