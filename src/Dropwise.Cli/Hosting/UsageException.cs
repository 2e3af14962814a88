namespace Dropwise.Cli.Hosting;

/// <summary>The command line itself is wrong: an unknown format, a level that is not served, options that contradict each other.</summary>
/// <param name="message">What to change, naming the option.</param>
internal sealed class UsageException(string message) : CommandException(message)
{
    /// <inheritdoc/>
    public override int ExitCode => ExitCodes.Usage;
}
