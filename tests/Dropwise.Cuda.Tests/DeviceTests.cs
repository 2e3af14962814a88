namespace Dropwise.Cuda.Tests;

/// <summary>What only a device can show; skipped, and counted as skipped, where there is none.</summary>
public sealed unsafe class DeviceTests
{
    private const string Steps = """
        extern "C" __device__ const int answer = 42;

        extern "C" __global__ void add(float* y, const float* x, float factor, int count)
        {
            asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
            asm volatile("griddepcontrol.wait;" ::: "memory");
            int i = blockIdx.x * blockDim.x + threadIdx.x;
            if (i < count) y[i] += factor * x[i];
        }

        extern "C" __global__ void share(int* y)
        {
            extern __shared__ int words[];
            words[threadIdx.x] = threadIdx.x;
            __syncthreads();
            y[threadIdx.x] = words[blockDim.x - 1 - threadIdx.x];
        }
        """;

    [Fact]
    public void Kernels_run_one_after_the_other_in_a_stream_and_in_a_graph()
    {
        using CudaContext context = Gpu.Open();
        Assert.SkipUnless(context.Device.HasProgrammaticLaunch, "the device is older than programmatic launches");
        using var stream = new CudaStream(context);
        using CudaModule module = Gpu.Load(context, "steps", Steps);
        const int count = 1000;
        using DeviceBuffer x = DeviceBuffer.Of<float>(stream, Enumerable.Range(0, count).Select(static i => (float)i).ToArray());
        using var y = new DeviceBuffer(context, count * sizeof(float));
        y.Clear(stream);
        var shape = new LaunchShape(4, 256);

        // Ten dependent launches at once, then the same ten as a graph, twice: each adds x, and none may overtake another.
        void Ten()
        {
            for (int i = 0; i < 10; i++) module.Kernel("add").Launch(stream, shape, y, x, 1f, count);
        }

        Ten();
        using CudaGraph graph = stream.Capture(Ten);
        Assert.Equal(10, graph.NodeCount);
        using CudaGraphExec executable = graph.Instantiate();
        executable.Launch(stream);
        executable.Launch(stream);
        float[] values = new float[count];
        y.Read<float>(stream, values);
        Assert.Equal(Enumerable.Range(0, count).Select(static i => 30f * i), values);
    }

    [Fact]
    public void Variables_of_a_module_can_be_read()
    {
        using CudaContext context = Gpu.Open();
        using CudaModule module = Gpu.Load(context, "steps", Steps);
        Assert.Equal(42, module.Read<int>("answer"));
        Assert.Contains("no_such", Assert.Throws<CudaException>(() => module.Kernel("no_such")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shared_memory_above_the_default_is_opted_in_to()
    {
        using CudaContext context = Gpu.Open();
        using var stream = new CudaStream(context);
        using CudaModule module = Gpu.Load(context, "steps", Steps);
        using var y = new DeviceBuffer(context, 32 * sizeof(int));
        CudaKernel kernel = module.Kernel("share");
        Assert.True(kernel.ActiveBlocks(32, context.Device.SharedBytesPerBlock) >= 1);
        kernel.Launch(stream, new LaunchShape(1, 32, context.Device.SharedBytesPerBlock), y);
        int[] values = new int[32];
        y.Read<int>(stream, values);
        Assert.Equal(Enumerable.Range(0, 32).Reverse(), values);
        CudaException error = Assert.Throws<CudaException>(() => kernel.Launch(stream, new LaunchShape(1, 32, context.Device.SharedBytesPerBlock + 1), y));
        Assert.Contains("share", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Uploads_in_pieces_arrive_whole_and_in_order()
    {
        using CudaContext context = Gpu.Open();
        using var stream = new CudaStream(context);
        using var uploader = new DeviceUploader(context, stagingBytes: 1000);
        byte[] source = new byte[12345];
        new Random(1).NextBytes(source);
        using var buffer = new DeviceBuffer(context, source.Length);
        for (int round = 0; round < 3; round++)
        {
            source[round] ^= 0xff;
            fixed (byte* first = source) uploader.Upload(stream, buffer.Pointer, first, source.Length);
        }

        byte[] copy = new byte[source.Length];
        buffer.Read<byte>(stream, copy);
        Assert.Equal(source, copy);
    }

    [Fact]
    public void The_order_of_disposal_does_not_matter()
    {
        CudaContext context = Gpu.Open();
        var stream = new CudaStream(context);
        var buffer = new DeviceBuffer(context, 1 << 20);
        var uploader = new DeviceUploader(context);
        Assert.Equal(1 << 20, context.AllocatedBytes);
        context.Dispose();
        buffer.Clear(stream);
        stream.Synchronize();
        uploader.Dispose();
        stream.Dispose();
        buffer.Dispose();
        Assert.Equal(0, context.AllocatedBytes);
        Assert.Throws<ObjectDisposedException>(() => buffer.Pointer);
        Assert.Throws<ObjectDisposedException>(() => new CudaStream(context));
    }

    [Fact]
    public void Too_much_memory_is_an_error_that_names_the_size()
    {
        using CudaContext context = Gpu.Open();
        Assert.Contains($"{1L << 50}", Assert.Throws<CudaException>(() => new DeviceBuffer(context, 1L << 50)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Times_of_a_graph_are_positive_and_ascend()
    {
        using CudaContext context = Gpu.Open();
        using var stream = new CudaStream(context);
        using var buffer = new DeviceBuffer(context, 64 << 20);
        double[] seconds = GraphTimer.Measure(stream, () => buffer.Clear(stream), 5);
        Assert.All(seconds, time => Assert.InRange(time, 1e-6, 1));
        Assert.Equal(seconds.Order(), seconds);
    }
}
