using System.Diagnostics;

namespace Dropwise.Inference;

/// <summary>Continues a prompt token by token.</summary>
public static class Generator
{
    /// <summary>Appends a prompt to a session and generates; tokens reach the caller as they are drawn.</summary>
    /// <param name="session">The session, which stands after the last generated token when this returns.</param>
    /// <param name="prompt">Token ids, at least one.</param>
    /// <param name="options">What to generate.</param>
    /// <param name="onToken">Receives each token; false stops. Null to only count.</param>
    /// <exception cref="InferenceException">The prompt is empty or does not fit the context, or an option is out of range.</exception>
    public static GenerationResult Generate(Session session, ReadOnlySpan<int> prompt, GenerationOptions options, Func<int, bool>? onToken = null)
    {
        if (prompt.IsEmpty) throw new InferenceException("the prompt is empty");
        ITokenSource source = session.Draw(options.Sampling);
        long start = Stopwatch.GetTimestamp();
        session.Append(prompt);
        long promptEnd = Stopwatch.GetTimestamp();

        int generated = 0;
        GenerationEnd end = GenerationEnd.MaximumTokens;
        while (generated < options.MaximumTokens)
        {
            int token = source.Next();
            if (options.EndTokens.Contains(token))
            {
                end = GenerationEnd.EndToken;
                break;
            }

            generated++;
            if (onToken is not null && !onToken(token))
            {
                end = GenerationEnd.Stopped;
                break;
            }

            if (session.Position == session.Context)
            {
                end = GenerationEnd.ContextFull;
                break;
            }

            // Appended also when no further token is wanted, so that the session holds the whole text and can go on from there.
            session.Append([token]);
        }

        return new GenerationResult(
            prompt.Length, generated, Stopwatch.GetElapsedTime(start, promptEnd).TotalSeconds, Stopwatch.GetElapsedTime(promptEnd).TotalSeconds, end);
    }
}
