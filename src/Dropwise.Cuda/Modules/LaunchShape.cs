namespace Dropwise.Cuda;

/// <summary>How a kernel is launched.</summary>
/// <param name="Blocks">Blocks in x.</param>
/// <param name="Threads">Threads of a block.</param>
/// <param name="SharedBytes">Dynamic shared memory of a block.</param>
public readonly record struct LaunchShape(int Blocks, int Threads, int SharedBytes = 0)
{
    /// <summary>Blocks in y.</summary>
    public int BlocksY { get; init; } = 1;

    /// <summary>Blocks in z.</summary>
    public int BlocksZ { get; init; } = 1;

    /// <summary>
    /// Whether the kernel may start while the one before it in the stream still runs: it then waits itself (<c>griddepcontrol.wait</c>)
    /// before it reads what others wrote. Ignored by devices before Hopper.
    /// </summary>
    public bool Programmatic { get; init; } = true;
}
