using Dropwise.Cpu;

namespace Dropwise.Cli.Hosting;

/// <summary>What every verb is given: where to write, when to stop, which formats exist.</summary>
/// <param name="Terminal">Where to write.</param>
/// <param name="Formats">The registered formats.</param>
/// <param name="Cancellation">Set when the user presses Ctrl-C or the process is asked to end.</param>
internal sealed record Session(Terminal Terminal, FormatRegistry Formats, CancellationToken Cancellation);
