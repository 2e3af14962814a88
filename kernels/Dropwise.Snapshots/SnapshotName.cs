namespace Dropwise.Snapshots;

/// <summary>Where a snapshot lies: <c>{directory}/{class}.{method}[_{parameters}].{verified|received}.{extension}</c>.</summary>
/// <param name="SourceFile">The test's file; its name stands for the class.</param>
/// <param name="Method">The test's method.</param>
/// <param name="Extension">The extension, without a dot.</param>
internal sealed record SnapshotName(string SourceFile, string Method, string Extension)
{
    /// <summary>The directory, relative to the test's file.</summary>
    public string Directory { get; init; } = "";

    /// <summary>What tells several snapshots of one method apart; empty for a single one.</summary>
    public string Parameters { get; init; } = "";

    /// <summary>The text that a person accepted.</summary>
    public string Verified => PathOf("verified");

    /// <summary>The text that a failed test left for a person to look at.</summary>
    public string Received => PathOf("received");

    private string PathOf(string state)
    {
        string folder = Path.Combine(Path.GetDirectoryName(SourceFile)!, Directory);
        string parameters = Parameters.Length == 0 ? "" : "_" + Parameters;
        return Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(SourceFile)}.{Method}{parameters}.{state}.{Extension}");
    }
}
