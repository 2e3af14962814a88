namespace Dropwise.Snapshots.Tests;

public sealed class VerifierTests : IDisposable
{
    private static readonly SnapshotEnvironment Plain = new(AcceptsAll: false);
    private static readonly SnapshotEnvironment Accepting = new(AcceptsAll: true);

    private readonly string _folder = Directory.CreateTempSubdirectory("dropwise-snapshots-").FullName;

    private SnapshotName Name => new(Path.Combine(_folder, "Kernels.cs"), "Reads_well", "cs");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Snapshots_lie_beside_the_test_and_are_named_for_it()
    {
        Assert.Equal(Path.Combine(_folder, "Kernels.Reads_well.verified.cs"), Name.Verified);
        Assert.Equal(Path.Combine(_folder, "sub", "Kernels.Reads_well_a.received.cs"), (Name with { Directory = "sub", Parameters = "a" }).Received);
    }

    [Fact]
    public async Task The_accepted_text_passes_and_clears_what_an_earlier_failure_left()
    {
        await File.WriteAllTextAsync(Name.Verified, "a\nb\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Name.Received, "old", TestContext.Current.CancellationToken);
        await SnapshotComparison.RunAsync("a\r\nb\r\n", Name, Plain);
        Assert.False(File.Exists(Name.Received));
    }

    [Fact]
    public async Task A_changed_text_fails_with_a_difference_and_leaves_it_beside_the_snapshot()
    {
        await File.WriteAllTextAsync(Name.Verified, "load\nadd\nstore\n", TestContext.Current.CancellationToken);
        VerifyException failure = await Assert.ThrowsAsync<VerifyException>(() => SnapshotComparison.RunAsync("load\nmul\nstore\n", Name, Plain));
        Assert.Contains("\n load\n-add\n+mul\n store\n", failure.Message.Replace("\r", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains(Name.Received, failure.Message, StringComparison.Ordinal);
        Assert.Contains(SnapshotEnvironment.AcceptVariable, failure.Message, StringComparison.Ordinal);
        Assert.Equal("load\nmul\nstore\n", await File.ReadAllTextAsync(Name.Received, TestContext.Current.CancellationToken));
        Assert.Equal("load\nadd\nstore\n", await File.ReadAllTextAsync(Name.Verified, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_first_text_fails_until_it_is_accepted()
    {
        await Assert.ThrowsAsync<VerifyException>(() => SnapshotComparison.RunAsync("new\n", Name, Plain));
        Assert.False(File.Exists(Name.Verified));
        await SnapshotComparison.RunAsync("new\n", Name, Accepting);
        Assert.False(File.Exists(Name.Received));
        await SnapshotComparison.RunAsync("new\n", Name, Plain);
    }

    [Theory]
    [InlineData("1", null, null, true)]
    [InlineData("true", "false", null, true)]
    [InlineData(null, null, null, false)]
    [InlineData("1", "true", null, false)]
    [InlineData("1", "1", null, false)]
    [InlineData("1", null, "True", false)]
    public void Build_servers_never_accept(string? accept, string? ci, string? azure, bool accepts)
    {
        string? Variable(string name) => name switch { "CI" => ci, "TF_BUILD" => azure, _ => accept };
        Assert.Equal(accepts, SnapshotEnvironment.Of(Variable).AcceptsAll);
    }

    [Fact]
    public async Task Sources_that_moved_since_they_were_compiled_are_named()
    {
        SnapshotName moved = Name with { SourceFile = "/_/mapped/Kernels.cs" };
        var failure = await Assert.ThrowsAsync<DirectoryNotFoundException>(() => SnapshotComparison.RunAsync("a", moved, Plain));
        Assert.Contains("/_/mapped", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_cannot_change_once_the_comparison_runs()
    {
        Assert.SkipWhen(SnapshotEnvironment.Current.AcceptsAll, "everything is accepted, so that nothing fails");
        SettingsTask task = Verifier.Verify("text", "txt", Path.Combine(_folder, "A.cs"), "B").UseDirectory("snapshots");
        await Assert.ThrowsAsync<VerifyException>(async () => await task);
        Assert.True(File.Exists(Path.Combine(_folder, "snapshots", "A.B.received.txt")));
        Assert.Throws<InvalidOperationException>(() => { task.UseTextForParameters("late"); });
    }
}
