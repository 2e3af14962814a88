using System.Text;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Inference;

namespace Dropwise.Cli.Verbs;

/// <summary>What <c>dropwise run --chat</c> does: one question with <c>--prompt</c>, or a conversation, one line of standard input a turn.</summary>
internal static class ChatCommand
{
    /// <summary>Holds the conversation.</summary>
    /// <param name="conversation">The conversation, nothing asked yet.</param>
    /// <param name="prompt">The only question; null to read questions until the input ends.</param>
    /// <param name="session">Where to read and write.</param>
    /// <param name="onFirstToken">Called when the first word of the first answer is there.</param>
    /// <param name="quiet">Whether to print nothing.</param>
    /// <returns>The last answer, and what its generation did; null where nothing was asked.</returns>
    public static (string Answer, GenerationResult Result)? Execute(
        Conversation conversation, string? prompt, CommandSession session, Action onFirstToken, bool quiet)
    {
        (string, GenerationResult)? last = null;
        foreach (string question in prompt is null ? Questions(session) : [prompt])
        {
            var answer = new StringBuilder();
            GenerationResult result = conversation.Ask(question, piece =>
            {
                if (answer.Length == 0 && last is null) onFirstToken();
                answer.Append(piece);
                if (!quiet)
                {
                    session.Terminal.Output.Write(piece);
                    session.Terminal.Output.Flush();
                }

                return !session.Cancellation.IsCancellationRequested;
            });
            session.Cancellation.ThrowIfCancellationRequested();
            if (!quiet) session.Terminal.Output.WriteLine();
            last = (answer.ToString(), result);
        }

        return last;
    }

    private static IEnumerable<string> Questions(CommandSession session)
    {
        while (true)
        {
            if (session.Terminal.IsInteractive) session.Terminal.Output.Write("> ");

            // Read beside this thread: nothing else would end the wait for a line when the user has had enough.
            string? line = Task.Run(session.Terminal.Input.ReadLine).WaitAsync(session.Cancellation).GetAwaiter().GetResult();
            if (line is null) yield break;
            if (!string.IsNullOrWhiteSpace(line)) yield return line;
        }
    }
}
