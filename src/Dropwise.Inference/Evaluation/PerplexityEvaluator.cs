using System.Diagnostics;
using Dropwise.Cpu;

namespace Dropwise.Inference;

/// <summary>
/// Perplexity of a text: windows of C consecutive tokens, each from an empty cache, C − 1 predictions a window, the last partial window
/// dropped; e^(mean negative log-likelihood), summed in float64.
/// </summary>
public static class PerplexityEvaluator
{
    /// <summary>Evaluates.</summary>
    /// <param name="session">The session; it is rewound. Its context must hold a window.</param>
    /// <param name="tokens">The whole text, encoded once.</param>
    /// <param name="context">Tokens of a window C, at least 2.</param>
    /// <param name="maximumWindows">The most windows to evaluate, or null for all.</param>
    /// <param name="onWindow">Receives the number of windows done and of windows in all; null for no progress.</param>
    /// <param name="reference">
    /// A session of the model whose predictions these are compared with, or null; it is rewound, and reads the same tokens.
    /// </param>
    /// <exception cref="InferenceException">
    /// The text is shorter than a window, a window does not fit a session, or the reference has another vocabulary.
    /// </exception>
    public static PerplexityResult Evaluate(
        Session session, ReadOnlySpan<int> tokens, int context, int? maximumWindows = null, Action<int, int>? onWindow = null, Session? reference = null)
    {
        if (context < 2) throw new InferenceException($"a window of {context} tokens predicts nothing");
        if (context > session.Context) throw new InferenceException($"a window of {context} tokens does not fit the context of {session.Context}");
        if (maximumWindows < 1) throw new InferenceException($"{maximumWindows} windows are none");
        if (tokens.Length < context) throw new InferenceException($"the text has {tokens.Length} tokens, fewer than one window of {context}");

        int windows = Math.Min(tokens.Length / context, maximumWindows ?? int.MaxValue);
        ReferenceComparison? comparison = reference is null ? null : new ReferenceComparison(reference, session.Vocabulary, context);
        var likelihood = new NegativeLogLikelihood(context, comparison);
        long start = Stopwatch.GetTimestamp();
        for (int window = 0; window < windows; window++)
        {
            ReadOnlySpan<int> text = tokens.Slice(window * context, context);
            likelihood.Start(text);
            session.Rewind();

            // The last token of a window is only predicted.
            session.Append(text[..^1], likelihood);
            onWindow?.Invoke(window + 1, windows);
        }

        long predictions = (long)windows * (context - 1);
        return new PerplexityResult(
            Math.Exp(likelihood.Sum / predictions), predictions, windows, context, Stopwatch.GetElapsedTime(start).TotalSeconds, comparison?.Finish());
    }

    /// <summary>Sums −log p of each next token, in float64.</summary>
    private sealed class NegativeLogLikelihood(int context, ReferenceComparison? comparison) : ILogitsReader
    {
        private readonly int[] _window = new int[context];

        public double Sum { get; private set; }

        public void Start(ReadOnlySpan<int> window)
        {
            window.CopyTo(_window);
            comparison?.Start(window);
        }

        public unsafe void Read(int first, Span<float> logits, int vocabulary)
        {
            // First, because summing overwrites the logits.
            comparison?.Read(first, logits, vocabulary);
            fixed (float* rows = logits)
            {
                for (int i = 0; i < logits.Length / vocabulary; i++)
                {
                    float* row = rows + ((nint)i * vocabulary);
                    float target = row[_window[first + i + 1]];
                    Sum += VectorOperations.LogSumExp(row, vocabulary) - target;
                }
            }
        }
    }
}
