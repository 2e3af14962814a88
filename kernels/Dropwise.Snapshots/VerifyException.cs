namespace Dropwise.Snapshots;

/// <summary>A text is not the one that a person accepted.</summary>
public sealed class VerifyException : Exception
{
    internal VerifyException(SnapshotName name, string? verified, string received)
        : base(Describe(name, verified, received))
    {
    }

    private static string Describe(SnapshotName name, string? verified, string received)
    {
        string file = Path.GetFileName(name.Verified);
        string fault = verified is null
            ? $"There is no snapshot {file} yet."
            : $"The text differs from the snapshot {file}.";
        string difference = UnifiedDiff.Of(verified ?? "", received, Path.GetFileName(name.Verified), Path.GetFileName(name.Received));
        return $"""
            {fault}
            To accept, rename the received file, or run the test with {SnapshotEnvironment.AcceptVariable}=1, and commit the result:
              {name.Received}
              {name.Verified}

            {difference}
            """;
    }
}
