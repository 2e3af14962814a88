using System.Globalization;
using System.Text;

namespace Dropwise.Tokenization.Chat;

/// <summary>Llama 3: a header with the role, the trimmed content, <c>&lt;|eot_id|&gt;</c>.</summary>
/// <param name="beginOfText">What stands before the conversation.</param>
/// <param name="date">The day that the system turn names, which Llama 3.1 and later always have; null for Llama 3.</param>
internal sealed class Llama3Family(string beginOfText, string? date) : IChatFamily
{
    private const string HeaderStart = "<|start_header_id|>";
    private const string HeaderEnd = "<|end_header_id|>";
    private const string EndOfTurn = "<|eot_id|>";

    /// <summary>The day that the template names where it is not told the real one.</summary>
    private const string DateOfTemplate = "26 Jul 2024";

    /// <inheritdoc/>
    public string Name => "Llama 3";

    /// <inheritdoc/>
    public IReadOnlyList<string> EndTokens => [EndOfTurn, "<|eom_id|>"];

    /// <summary>The family of a template that belongs to it, or null.</summary>
    internal static Llama3Family? TryCreate(ChatContext context)
    {
        if (!context.Has(HeaderStart) || !context.Has(EndOfTurn))
            return null;
        string? date = !context.Has("Cutting Knowledge Date") ? null
            : context.Has("strftime_now") ? DateTime.Now.ToString("dd MMM yyyy", CultureInfo.InvariantCulture)
            : DateOfTemplate;
        return new Llama3Family(context.BeginOfText, date);
    }

    /// <inheritdoc/>
    public string Render(string? system, IReadOnlyList<ChatMessage> turns)
    {
        var text = new StringBuilder(beginOfText);
        if (date is not null)
            Append(text, "system", $"Cutting Knowledge Date: December 2023\nToday Date: {date}\n\n{system?.Trim()}");
        else if (system is not null)
            Append(text, "system", system.Trim());
        foreach (ChatMessage turn in turns)
            Append(text, turn.Role == ChatRole.User ? "user" : "assistant", turn.Content.Trim());
        return text.Append($"{HeaderStart}assistant{HeaderEnd}\n\n").ToString();
    }

    private static void Append(StringBuilder text, string role, string content) =>
        text.Append($"{HeaderStart}{role}{HeaderEnd}\n\n{content}{EndOfTurn}");
}
