namespace Dropwise.Cpu;

/// <summary>The products of one parallel region, with the forms that it prepares first; reused from call to call.</summary>
internal sealed class TileTaskList
{
    private readonly List<ActivationForm> _pending = [];
    private TileTask[] _tasks = new TileTask[4];

    /// <summary>The tasks of the region.</summary>
    public ReadOnlySpan<TileTask> Tasks => _tasks.AsSpan(0, Count);

    /// <summary>The forms that the region prepares before its first tile.</summary>
    public List<ActivationForm> Forms => _pending;

    /// <summary>Products added.</summary>
    public int Count { get; private set; }

    /// <summary>Tiles of all products.</summary>
    public int Tiles { get; private set; }

    /// <summary>Empties the list.</summary>
    public void Clear()
    {
        Count = 0;
        Tiles = 0;
        _pending.Clear();
    }

    /// <summary>Adds a form to be prepared.</summary>
    /// <param name="form">The form.</param>
    public void Pending(ActivationForm form) => _pending.Add(form);

    /// <summary>Adds a product.</summary>
    /// <param name="product">The product.</param>
    /// <param name="matrix">Its matrix.</param>
    /// <param name="kernel">The kernel of its tiles.</param>
    /// <param name="form">What the kernel reads.</param>
    public void Add(in MatrixProduct product, PackedMatrix matrix, KernelEntry kernel, ActivationForm form)
    {
        if (Count == _tasks.Length) Array.Resize(ref _tasks, Count * 2);
        _tasks[Count++] = new TileTask(product, matrix, kernel, form, Tiles);
        Tiles += matrix.Tiles;
    }
}

/// <summary>One product of a region: its tiles are numbered from <paramref name="firstTile"/>.</summary>
/// <param name="product">The product.</param>
/// <param name="matrix">Its matrix.</param>
/// <param name="kernel">The kernel of its tiles.</param>
/// <param name="form">What the kernel reads.</param>
/// <param name="firstTile">The number of its first tile in the region.</param>
internal readonly struct TileTask(in MatrixProduct product, PackedMatrix matrix, KernelEntry kernel, ActivationForm form, int firstTile)
{
    /// <summary>The product.</summary>
    public readonly MatrixProduct Product = product;

    /// <summary>Its matrix.</summary>
    public readonly PackedMatrix Matrix = matrix;

    /// <summary>The kernel of its tiles.</summary>
    public readonly KernelEntry Kernel = kernel;

    /// <summary>What the kernel reads.</summary>
    public readonly ActivationForm Form = form;

    /// <summary>The number of its first tile in the region.</summary>
    public readonly int FirstTile = firstTile;
}
