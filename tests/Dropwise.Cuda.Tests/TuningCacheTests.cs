namespace Dropwise.Cuda.Tests;

public sealed class TuningCacheTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dropwise-launches-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Choices_outlive_the_process_that_measured()
    {
        Assert.Null(new TuningCache(_folder).Find("a"));
        new TuningCache(_folder).Add("a", new LaunchChoice(16, 2));
        Assert.Equal(new LaunchChoice(16, 2), new TuningCache(_folder).Find("a"));
        Assert.Null(new TuningCache(_folder).Find("b"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("16")]
    [InlineData("16 two")]
    [InlineData("0 1")]
    [InlineData("-4 1")]
    public void A_damaged_file_counts_as_no_measurement(string content)
    {
        new TuningCache(_folder).Add("a", new LaunchChoice(16, 2));
        File.WriteAllText(Assert.Single(Directory.GetFiles(_folder)), content);
        Assert.Null(new TuningCache(_folder).Find("a"));
    }
}
