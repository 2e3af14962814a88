namespace Dropwise.Quantization.Tuning;

/// <summary>Windows in a random order, all of them before one comes again.</summary>
/// <param name="count">Windows.</param>
/// <param name="seed">Decides the order.</param>
internal sealed class WindowOrder(int count, int seed)
{
    private readonly Random _random = new(seed);
    private readonly Queue<int> _waiting = new();

    /// <summary>The next windows.</summary>
    /// <param name="windows">How many, at most those that there are.</param>
    public int[] Next(int windows)
    {
        var next = new int[windows];
        for (int i = 0; i < windows; i++)
        {
            if (_waiting.Count == 0)
            {
                int[] all = [.. Enumerable.Range(0, count)];
                _random.Shuffle(all);
                foreach (int window in all) _waiting.Enqueue(window);
            }

            next[i] = _waiting.Dequeue();
        }

        return next;
    }
}
