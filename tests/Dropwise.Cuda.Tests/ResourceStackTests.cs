namespace Dropwise.Cuda.Tests;

public sealed class ResourceStackTests
{
    [Fact]
    public void What_was_made_is_released_once_and_the_latest_first()
    {
        var released = new List<string>();
        var made = new ResourceStack();
        var first = new Resource(() => released.Add("first"));
        Assert.Same(first, made.Add(first));
        made.Add(new Resource(() => released.Add("second")));
        made.Dispose();
        made.Dispose();
        Assert.Equal(["second", "first"], released);
    }

    private sealed class Resource(Action release) : IDisposable
    {
        public void Dispose() => release();
    }
}
