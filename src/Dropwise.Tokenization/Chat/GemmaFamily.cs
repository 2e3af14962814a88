using System.Text;

namespace Dropwise.Tokenization.Chat;

/// <summary>Gemma: <c>&lt;start_of_turn&gt;role\ncontent&lt;end_of_turn&gt;\n</c>, where the assistant is called model and the system has no turn.</summary>
/// <param name="beginOfText">What stands before the conversation.</param>
internal sealed class GemmaFamily(string beginOfText) : IChatFamily
{
    private const string Start = "<start_of_turn>";
    private const string End = "<end_of_turn>";

    /// <inheritdoc/>
    public string Name => "Gemma";

    /// <inheritdoc/>
    public IReadOnlyList<string> EndTokens => [End];

    /// <summary>The family of a template that belongs to it, or null.</summary>
    internal static GemmaFamily? TryCreate(ChatContext context) =>
        context.Has(Start) && context.Has(End) ? new GemmaFamily(context.BeginOfText) : null;

    /// <inheritdoc/>
    public string Render(string? system, IReadOnlyList<ChatMessage> turns)
    {
        // Gemma 3 says the system's words before the first question; the models before it were told nothing and get them the same way.
        string told = system is null ? "" : system + "\n\n";
        var text = new StringBuilder(beginOfText);
        foreach (ChatMessage turn in turns)
        {
            text.Append($"{Start}{(turn.Role == ChatRole.User ? "user" : "model")}\n{told}{turn.Content.Trim()}{End}\n");
            told = "";
        }
        return text.Append($"{Start}model\n").ToString();
    }
}
