using System.Text;

namespace Dropwise.Tokenization.Chat;

/// <summary>ChatML: <c>&lt;|im_start|&gt;role\ncontent&lt;|im_end|&gt;\n</c> for every turn (Qwen, SmolLM and many others).</summary>
/// <param name="beginOfText">What stands before the conversation.</param>
/// <param name="defaultSystem">What the system says where nobody gave it words; null for nothing.</param>
/// <param name="dropsReasoning">Earlier answers are repeated without what stands before <c>&lt;/think&gt;</c> (Qwen 3).</param>
internal sealed class ChatMlFamily(string beginOfText, string? defaultSystem, bool dropsReasoning) : IChatFamily
{
    private const string Start = "<|im_start|>";
    private const string End = "<|im_end|>";
    private const string ReasoningEnd = "</think>";

    /// <inheritdoc/>
    public string Name => "ChatML";

    /// <inheritdoc/>
    public IReadOnlyList<string> EndTokens => [End];

    /// <summary>The family of a template that belongs to it, or null.</summary>
    internal static ChatMlFamily? TryCreate(ChatContext context) => context.Has(Start) && context.Has(End)
        ? new ChatMlFamily(
            context.Has("bos_token") ? context.BeginOfText : "",
            FindDefaultSystem(context.Template),
            dropsReasoning: context.Has(ReasoningEnd))
        : null;

    /// <inheritdoc/>
    public string Render(string? system, IReadOnlyList<ChatMessage> turns)
    {
        var text = new StringBuilder(beginOfText);
        if ((system ?? defaultSystem) is string told)
            text.Append($"{Start}system\n{told}{End}\n");
        foreach (ChatMessage turn in turns)
        {
            if (turn.Role == ChatRole.User)
                text.Append($"{Start}user\n{turn.Content}{End}\n");
            else
                text.Append($"{Start}assistant\n{(dropsReasoning ? WithoutReasoning(turn.Content) : turn.Content)}{End}\n");
        }
        return text.Append($"{Start}assistant\n").ToString();
    }

    /// <summary>Templates that greet by themselves hold the whole system turn as one literal, line ends escaped or not.</summary>
    private static string? FindDefaultSystem(string template)
    {
        foreach (string opening in (ReadOnlySpan<string>)[$"{Start}system\n", $@"{Start}system\n"])
        {
            int end;
            for (int at = template.IndexOf(opening, StringComparison.Ordinal); at >= 0; at = template.IndexOf(opening, end, StringComparison.Ordinal))
            {
                int begin = at + opening.Length;
                end = template.IndexOf(End, begin, StringComparison.Ordinal);
                if (end < 0)
                    break;
                string told = template[begin..end];
                // A quote or a brace ends the literal: what follows is an expression, such as the message of the system.
                if (told.AsSpan().IndexOfAny("'\"{}") < 0)
                    return told.Replace(@"\n", "\n", StringComparison.Ordinal);
            }
        }
        return null;
    }

    private static string WithoutReasoning(string answer)
    {
        int end = answer.LastIndexOf(ReasoningEnd, StringComparison.Ordinal);
        return end < 0 ? answer : answer[(end + ReasoningEnd.Length)..].TrimStart('\n');
    }
}
