namespace Dropwise.Cuda;

/// <summary>
/// What an object has made so far, released in reverse order: its <c>Dispose</c> once all is made, or the way out of a constructor that
/// could not make the rest.
/// </summary>
public sealed class ResourceStack : IDisposable
{
    private readonly Stack<IDisposable> _made = [];

    /// <summary>Takes over something that was just made.</summary>
    /// <param name="made">What to release.</param>
    /// <typeparam name="T">Its type.</typeparam>
    /// <returns>The same.</returns>
    public T Add<T>(T made)
        where T : IDisposable
    {
        _made.Push(made);
        return made;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_made.TryPop(out IDisposable? made)) made.Dispose();
    }
}
