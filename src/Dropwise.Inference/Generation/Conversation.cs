using System.Runtime.InteropServices;
using System.Text;
using Dropwise.Tokenization;

namespace Dropwise.Inference;

/// <summary>
/// A conversation with a model. The whole of it is written and encoded again for every turn, as the model's template wants it; of that, the
/// session runs only what differs from the tokens that it holds, which mostly is the new question.
/// </summary>
public sealed class Conversation
{
    private readonly Session _session;
    private readonly Tokenizer _tokenizer;
    private readonly ChatTemplate _template;
    private readonly GenerationOptions _options;
    private readonly List<ChatMessage> _messages = [];

    // The tokens that the session holds.
    private readonly List<int> _held = [];

    /// <summary>Begins a conversation.</summary>
    /// <param name="session">A session that holds no token, for this conversation alone.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="template">How the model wants conversations written.</param>
    /// <param name="options">How to answer; the template's end tokens are added.</param>
    /// <param name="system">What the model is told before the conversation, or null.</param>
    /// <exception cref="InferenceException">The vocabulary has none of the template's end tokens.</exception>
    public Conversation(Session session, Tokenizer tokenizer, ChatTemplate template, GenerationOptions options, string? system = null)
    {
        (_session, _tokenizer, _template) = (session, tokenizer, template);
        int[] ends = [.. template.EndTokens.Select(tokenizer.TokenToId).OfType<int>()];
        if (ends.Length == 0)
            throw new InferenceException($"the vocabulary lacks {string.Join(" and ", template.EndTokens)}, with which answers of the family {template.Family} end");
        _options = options with { EndTokens = [.. options.EndTokens.Union(ends)] };
        if (system is not null) _messages.Add(new ChatMessage(ChatRole.System, system));
    }

    /// <summary>Asks, and answers.</summary>
    /// <param name="question">What the user says.</param>
    /// <param name="onText">Receives the answer as it is generated, in pieces; false stops it.</param>
    /// <returns>What was run: the prompt counts the tokens that the session did not hold.</returns>
    /// <exception cref="InferenceException">The conversation does not fit the session's context; it stays as it was before the question.</exception>
    public GenerationResult Ask(string question, Func<string, bool> onText)
    {
        ChatMessage[] asked = [.. _messages, new ChatMessage(ChatRole.User, question)];
        int[] tokens = _tokenizer.Encode(_template.Render(asked));
        Keep(tokens);

        var answer = new StringBuilder();
        StreamingDecoder decoder = _tokenizer.CreateStreamingDecoder(continuesText: true, skipSpecialTokens: true);
        ReadOnlySpan<int> fresh = tokens.AsSpan(_held.Count);
        _held.AddRange(fresh);
        try
        {
            GenerationResult result = Generator.Generate(_session, fresh, _options, token =>
            {
                _held.Add(token);
                return Emit(decoder.Append(token));
            });
            Emit(decoder.Finish());
            _messages.Clear();
            _messages.AddRange(asked);
            _messages.Add(new ChatMessage(ChatRole.Assistant, answer.ToString()));
            return result;
        }
        finally
        {
            // The last token is not run where generation stopped at it, and nothing is where the context is too small.
            CollectionsMarshal.SetCount(_held, _session.Position);
        }

        bool Emit(string piece)
        {
            // Tokenizers of the SentencePiece family begin a word with its space.
            if (answer.Length == 0) piece = piece.TrimStart();
            answer.Append(piece);
            return piece.Length == 0 || onText(piece);
        }
    }

    // Takes back what the new text does not begin with. At least one token has to be run, for its logits.
    private void Keep(ReadOnlySpan<int> tokens)
    {
        int kept = Math.Min(CollectionsMarshal.AsSpan(_held).CommonPrefixLength(tokens), tokens.Length - 1);
        if (kept < _held.Count) _session.Rewind(kept);
        CollectionsMarshal.SetCount(_held, kept);
    }
}
