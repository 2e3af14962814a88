namespace Dropwise.Cuda.Tests;

public sealed class CacheFolderTests
{
    [Theory]
    [InlineData("/cache", "/home/me", "/cache")]
    [InlineData("", "/home/me", "/home/me/.cache")]
    [InlineData(null, "/home/me", "/home/me/.cache")]
    [InlineData("relative", "/home/me", "/home/me/.cache")]
    public void The_users_cache_is_never_relative_to_where_a_command_runs(string? cache, string home, string expected) =>
        Assert.Equal(expected, CacheFolder.Of(cache, home));

    [Fact]
    public void Without_a_home_nothing_is_kept()
    {
        Assert.Null(CacheFolder.Of(null, ""));
        Assert.Null(CacheFolder.TryRead(null));
        Assert.False(CacheFolder.TryWrite(null, [1]));
    }
}
