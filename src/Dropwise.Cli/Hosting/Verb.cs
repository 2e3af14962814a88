using System.CommandLine;

namespace Dropwise.Cli.Hosting;

/// <summary>One verb of the command line: its options, and what it does with them.</summary>
internal abstract class Verb : Command
{
    /// <summary>Names the verb.</summary>
    /// <param name="name">As typed.</param>
    /// <param name="description">One line for the help text.</param>
    protected Verb(string name, string description)
        : base(name, description)
    {
    }

    /// <summary>Lets the verb run in a session.</summary>
    /// <param name="session">Where to write and when to stop.</param>
    /// <returns>This verb.</returns>
    public Verb In(CommandSession session)
    {
        SetAction(parsed => Execute(parsed, session));
        return this;
    }

    /// <summary>Does the work.</summary>
    /// <param name="parsed">The values of the verb's options.</param>
    /// <param name="session">Where to write and when to stop.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    /// <exception cref="CommandException">The work cannot be done; the message says why in one line.</exception>
    protected abstract int Execute(ParseResult parsed, CommandSession session);
}
