using Dropwise.Cpu;

namespace Dropwise.Cuda;

/// <summary>A loaded kernel of products, with what the registry and the kernel's own text say of it.</summary>
internal sealed class ProductKernel
{
    // Without a measurement, where both are free: enough warps to hide memory's latency, and a second block where it fits.
    private const int DefaultWarps = 16;
    private const int DefaultBlocks = 2;

    /// <summary>Finds a kernel in its module.</summary>
    /// <param name="module">The unit of the kernel's level.</param>
    /// <param name="entry">The kernel in the registry.</param>
    public ProductKernel(CudaModule module, CudaKernelEntry entry)
    {
        Entry = entry;
        Kernel = module.Kernel(entry.Name);
        Launch = module.Read<KernelLaunch>($"{entry.Name}_launch");
        LaunchChoice[] candidates = [.. LaunchTuner.Candidates(Kernel, Launch)];
        if (candidates.Length == 0)
        {
            throw new CudaLibraryException(
                $"{entry.Name} needs {Launch.SharedBytesOf(Math.Max(Launch.Threads, 32))} bytes of shared memory; {Kernel.Context.Device} has {Kernel.Context.Device.SharedBytesPerBlock} a block");
        }

        Candidates = candidates;
        Default = Launch.Threads != 0 ? candidates[^1] : candidates.MinBy(static choice => (Math.Abs(choice.Warps - DefaultWarps) * 8) + Math.Abs(choice.Blocks - DefaultBlocks));
    }

    /// <summary>The kernel in the registry.</summary>
    public CudaKernelEntry Entry { get; }

    /// <summary>The loaded kernel.</summary>
    public CudaKernel Kernel { get; }

    /// <summary>How it wants to be launched.</summary>
    public KernelLaunch Launch { get; }

    /// <summary>The launches that fit the device.</summary>
    public LaunchChoice[] Candidates { get; }

    /// <summary>What is used where nobody has measured.</summary>
    public LaunchChoice Default { get; }

    /// <summary>The launch of a choice.</summary>
    /// <param name="choice">One of <see cref="Candidates"/>.</param>
    /// <param name="arguments">The matrices and tokens to multiply; receives how they are shared out, where the kernel wants to know.</param>
    /// <exception cref="ArgumentException">A kernel of few tokens is to take more than it has room for.</exception>
    public LaunchShape Shape(LaunchChoice choice, ref ProductArguments arguments)
    {
        int tiles = 0;
        for (int i = 0; i < arguments.MatrixCount; i++) tiles += (arguments.Matrices[i].Rows + Launch.Rows - 1) / Launch.Rows;
        LaunchShape shape = Shape(choice, tiles * ((arguments.Tokens + Launch.Tokens - 1) / Launch.Tokens));
        if (Launch.UnitColumns == 0) return shape;
        if (arguments.Tokens > Launch.Tokens) throw new ArgumentException($"{arguments.Tokens} tokens for {Entry.Name}, which takes {Launch.Tokens} at a time", nameof(arguments));
        int blocks = shape.Blocks;
        arguments.Shares = ProductShares.Of(Launch, arguments, shape.Threads, ref blocks);
        return shape with { Blocks = blocks };
    }

    /// <summary>The launch of a choice.</summary>
    /// <param name="choice">One of <see cref="Candidates"/>.</param>
    /// <param name="tiles">Tiles of the work.</param>
    public LaunchShape Shape(LaunchChoice choice, int tiles)
    {
        // Where blocks share tiles out among themselves, more blocks than tiles would only fill tables.
        int threads = choice.Warps * 32, blocks = choice.Blocks == 0 ? tiles : Math.Min(tiles, choice.Blocks * Kernel.Context.Device.Multiprocessors);
        return new LaunchShape(blocks, threads, Launch.SharedBytesOf(threads));
    }
}
