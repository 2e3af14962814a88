namespace Dropwise.Cli.Hosting;

/// <summary>A command cannot do what it was asked; the message is the line that the user sees after <c>error:</c>.</summary>
/// <param name="message">What went wrong, naming the file, tensor or option.</param>
internal class CommandException(string message) : Exception(message)
{
    /// <summary>The exit code that goes with it.</summary>
    public virtual int ExitCode => ExitCodes.Failure;
}
