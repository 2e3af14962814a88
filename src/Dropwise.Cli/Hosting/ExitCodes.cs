namespace Dropwise.Cli.Hosting;

/// <summary>What the process returns to its caller.</summary>
internal static class ExitCodes
{
    /// <summary>The command did what it was asked.</summary>
    public const int Success = 0;

    /// <summary>The command could not do it: a missing or damaged file, a kernel that disagrees, an interruption.</summary>
    public const int Failure = 1;

    /// <summary>The command line was wrong.</summary>
    public const int Usage = 2;
}
