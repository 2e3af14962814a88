using System.Text.Json;
using Dropwise.Tokenization.Chat;
using Dropwise.Tokenization.Json;

namespace Dropwise.Tokenization;

/// <summary>
/// How a model wants a conversation written. A model's files say it as a Jinja template, which no engine here can run: NuGet offers none for
/// it (Jinja2.NET, Jinja.NET, JinjaSharp and HuggingFace.Jinja do not restore; Scriban and Fluid speak other languages), and the Python
/// one cannot go into a native file. So the template tells which family it belongs to and what it varies, and the family's own definition
/// is rendered: ChatML (Qwen, SmolLM), Llama 2, Llama 3, Mistral and Gemma. Any other template is refused.
/// </summary>
public sealed class ChatTemplate
{
    private readonly IChatFamily _family;

    private ChatTemplate(IChatFamily family) => _family = family;

    /// <summary>The family, as messages name it.</summary>
    public string Family => _family.Name;

    /// <summary>The tokens that end an answer, as the vocabulary spells them.</summary>
    public IReadOnlyList<string> EndTokens => _family.EndTokens;

    /// <summary>Finds the family of a model's template.</summary>
    /// <param name="configJson">The text of tokenizer_config.json, whose <c>chat_template</c> is looked at; null if the model has none.</param>
    /// <param name="source">The model, as messages should name it.</param>
    /// <exception cref="TokenizerException">There is no template, or its family is not known.</exception>
    public static ChatTemplate Read(string? configJson, string source)
    {
        if (configJson is null)
            throw new TokenizerException(source, "chat_template", "the model has none: it was not made for conversations");
        using JsonDocument document = JsonPart.Parse(configJson, source);
        JsonPart root = JsonPart.Root(document, source);
        JsonPart part = root.Find("chat_template")
            ?? throw new TokenizerException(source, "chat_template", "the model has none: it was not made for conversations");
        string template = part.Kind == JsonValueKind.Array ? Default(part) : part.Text();
        var context = new ChatContext(
            template, TokenizerConfig.Spelling(root.Find("bos_token")) ?? "", TokenizerConfig.Spelling(root.Find("eos_token")) ?? "");
        return new ChatTemplate(ChatFamilies.Find(context) ?? throw part.Fail(
            $"{TokenizerException.Quote(template)} is of no known family; known are {ChatFamilies.Names}"));
    }

    /// <summary>Writes a conversation, up to where the model's next answer begins.</summary>
    /// <param name="messages">The turns: perhaps one of the system, then user and assistant in turn, the user last.</param>
    /// <returns>The text, with all special tokens spelled out.</returns>
    /// <exception cref="ArgumentException">The turns are in another order.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages)
    {
        int first = messages.Count > 0 && messages[0].Role == ChatRole.System ? 1 : 0;
        if ((messages.Count - first) % 2 == 0)
            throw new ArgumentException($"{messages.Count} messages do not end with the user's", nameof(messages));
        for (int index = first; index < messages.Count; index++)
        {
            if (messages[index].Role != ((index - first) % 2 == 0 ? ChatRole.User : ChatRole.Assistant))
                throw new ArgumentException($"message {index} is the {messages[index].Role}'s, out of turn", nameof(messages));
        }
        return _family.Render(first == 1 ? messages[0].Content : null, [.. messages.Skip(first)]);
    }

    /// <summary>Of several named templates, the one for plain conversations.</summary>
    private static string Default(JsonPart templates)
    {
        foreach (JsonPart template in templates.Items())
        {
            if (template.Require("name").Text() == "default")
                return template.Require("template").Text();
        }
        throw templates.Fail("none of the templates is named 'default'");
    }
}
