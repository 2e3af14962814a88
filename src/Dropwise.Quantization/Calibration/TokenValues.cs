using Dropwise.Cpu;
using Dropwise.Inference.Blocks.Engines;

namespace Dropwise.Quantization.Calibration;

/// <summary>What a linear map reads of some windows that are computed at once: rows where the engine computes, and which of them are a window's.</summary>
/// <param name="memory">The rows.</param>
/// <param name="columns">Elements of a row.</param>
/// <param name="ends">The row after each window's last; an expert may get no token of a window.</param>
internal sealed class TokenValues(FloatMemory memory, int columns, int[] ends) : IDisposable
{
    /// <summary>All rows.</summary>
    public FloatView Rows => memory.View(ends[^1], columns);

    /// <summary>Windows.</summary>
    public int Windows => ends.Length;

    /// <summary>The row after each window's last.</summary>
    public int[] Ends => ends;

    /// <summary>The rows of one window.</summary>
    /// <param name="window">The window, from 0.</param>
    public FloatView Window(int window)
    {
        int start = window == 0 ? 0 : ends[window - 1];
        return Rows.RowsFrom(start, ends[window] - start);
    }

    /// <inheritdoc/>
    public void Dispose() => memory.Dispose();
}
