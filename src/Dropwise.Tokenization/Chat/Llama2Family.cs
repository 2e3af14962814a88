using System.Text;

namespace Dropwise.Tokenization.Chat;

/// <summary>
/// Llama 2: every exchange is a text of its own, <c>&lt;s&gt;[INST] question [/INST] answer &lt;/s&gt;</c>; the system speaks inside the first question.
/// </summary>
/// <param name="beginOfText">What begins an exchange.</param>
/// <param name="endOfText">What ends it.</param>
internal sealed class Llama2Family(string beginOfText, string endOfText) : IChatFamily
{
    /// <inheritdoc/>
    public string Name => "Llama 2";

    /// <inheritdoc/>
    public IReadOnlyList<string> EndTokens => [endOfText];

    /// <summary>The family of a template that belongs to it, or null.</summary>
    internal static Llama2Family? TryCreate(ChatContext context) =>
        context.Has("[INST]") && context.Has("<<SYS>>") ? new Llama2Family(context.BeginOfText, context.EndOfText) : null;

    /// <inheritdoc/>
    public string Render(string? system, IReadOnlyList<ChatMessage> turns)
    {
        var text = new StringBuilder();
        string told = system is null ? "" : $"<<SYS>>\n{system}\n<</SYS>>\n\n";
        foreach (ChatMessage turn in turns)
        {
            if (turn.Role == ChatRole.User)
                text.Append($"{beginOfText}[INST] {(told + turn.Content).Trim()} [/INST]");
            else
                text.Append($" {turn.Content.Trim()} {endOfText}");
            told = "";
        }
        return text.ToString();
    }
}
