namespace Dropwise.Snapshots;

/// <summary>What the environment says about accepting snapshots.</summary>
/// <param name="AcceptsAll">Whether received texts become the verified ones without a look at each.</param>
internal sealed record SnapshotEnvironment(bool AcceptsAll)
{
    /// <summary>Accepts all snapshots when it is <c>1</c> or <c>true</c>.</summary>
    public const string AcceptVariable = "DROPWISE_ACCEPT_SNAPSHOTS";

    /// <summary>The environment of this process.</summary>
    public static SnapshotEnvironment Current => Of(Environment.GetEnvironmentVariable);

    /// <summary>An environment by its variables.</summary>
    /// <param name="variable">The value of a variable, or null.</param>
    public static SnapshotEnvironment Of(Func<string, string?> variable) =>

        // A build server would accept whatever it built: what it sees must have been reviewed.
        new(IsSet(variable(AcceptVariable)) && !IsSet(variable("CI")) && !IsSet(variable("TF_BUILD")));

    private static bool IsSet(string? value) => value is "1" || string.Equals(value, "true", StringComparison.OrdinalIgnoreCase);
}
