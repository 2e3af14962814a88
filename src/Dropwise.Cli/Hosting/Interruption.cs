using System.Runtime.InteropServices;
using Dropwise.Quantization.Models.Journal;

namespace Dropwise.Cli.Hosting;

/// <summary>Turns Ctrl-C and a polite request to end into a token, so that verbs clean up after themselves before they stop.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Starts to listen.</summary>
    public Interruption() =>
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel),
        ];

    /// <summary>Set after the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    /// <summary>Does work that keeps what it has finished beside its output, and says how to go on with it where it was interrupted.</summary>
    /// <param name="output">The output.</param>
    /// <param name="work">The work.</param>
    /// <typeparam name="T">What the work results in.</typeparam>
    /// <exception cref="CommandException">The work was interrupted and left something to go on with.</exception>
    public static T WithJournal<T>(string output, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException) when (Directory.Exists(PartialOutput.FolderOf(output)))
        {
            throw new CommandException($"interrupted; the same command with --resume goes on with what {PartialOutput.FolderOf(output)} holds");
        }
    }

    private void Cancel(PosixSignalContext context)
    {
        // The second signal ends the process at once: somebody means it.
        if (_source.IsCancellationRequested) return;
        context.Cancel = true;
        _source.Cancel();
    }
}
