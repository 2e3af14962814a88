using Dropwise.Cpu;

namespace Dropwise.Cli.Hosting;

/// <summary>What every verb is given: where to write, when to stop, which formats exist.</summary>
/// <param name="Terminal">Where to write.</param>
/// <param name="Formats">The registered formats.</param>
/// <param name="Cancellation">Set when the user presses Ctrl-C or the process is asked to end.</param>
internal sealed record CommandSession(Terminal Terminal, FormatRegistry Formats, CancellationToken Cancellation)
{
    /// <summary>The format that an option or argument names.</summary>
    /// <param name="name">As typed.</param>
    /// <exception cref="UsageException">No format has the name; the message lists those that exist.</exception>
    public FormatRow Format(string name)
    {
        try
        {
            return Formats[name];
        }
        catch (KeyNotFoundException e)
        {
            throw new UsageException(e.Message);
        }
    }
}
