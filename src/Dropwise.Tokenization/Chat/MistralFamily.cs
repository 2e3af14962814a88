using System.Text;

namespace Dropwise.Tokenization.Chat;

/// <summary>Mistral: <c>[INST] question [/INST] answer&lt;/s&gt;</c>, with spaces that differ between versions of its tokenizer.</summary>
internal sealed class MistralFamily : IChatFamily
{
    private readonly ChatContext _context;
    private readonly string _opening;
    private readonly string _closing;
    private readonly string _answerOpening;
    private readonly string _answerClosing;
    private readonly bool _trimsAnswer;
    private readonly bool _tellsLast;

    private MistralFamily(ChatContext context)
    {
        _context = context;
        _opening = context.Has("' [INST] '") ? " [INST] " : context.Has("'[INST] '") ? "[INST] " : "[INST]";
        _closing = context.Has("' [/INST]'") ? " [/INST]" : "[/INST]";
        _answerOpening = context.Has("' ' + message") ? " " : "";
        _answerClosing = context.Has("eos_token + ' '") ? context.EndOfText + " " : context.EndOfText;
        _trimsAnswer = context.Has("|trim + eos_token");
        _tellsLast = context.Has("loop.last and system_message");
    }

    /// <inheritdoc/>
    public string Name => "Mistral";

    /// <inheritdoc/>
    public IReadOnlyList<string> EndTokens => [_context.EndOfText];

    /// <summary>The family of a template that belongs to it, or null.</summary>
    internal static MistralFamily? TryCreate(ChatContext context) => context.Has("[INST]") ? new MistralFamily(context) : null;

    /// <inheritdoc/>
    public string Render(string? system, IReadOnlyList<ChatMessage> turns)
    {
        // There is no turn for the system: its words go before a question, the last one in the templates that say so.
        int tells = system is null ? -1 : _tellsLast ? turns.Count - 1 : 0;
        var text = new StringBuilder(_context.BeginOfText);
        for (int index = 0; index < turns.Count; index++)
        {
            string content = turns[index].Content;
            if (turns[index].Role == ChatRole.User)
                text.Append($"{_opening}{(index == tells ? $"{system}\n\n" : "")}{content}{_closing}");
            else
                text.Append($"{_answerOpening}{(_trimsAnswer ? content.Trim() : content)}{_answerClosing}");
        }
        return text.ToString();
    }
}
