namespace Dropwise.Tokenization.Chat;

/// <summary>The families that are known.</summary>
internal static class ChatFamilies
{
    private static readonly Func<ChatContext, IChatFamily?>[] Readers =
        [ChatMlFamily.TryCreate, Llama3Family.TryCreate, Llama2Family.TryCreate, MistralFamily.TryCreate, GemmaFamily.TryCreate];

    /// <summary>Their names, for messages.</summary>
    internal static string Names => "ChatML, Llama 3, Llama 2, Mistral, Gemma";

    /// <summary>The family of a template, or null.</summary>
    internal static IChatFamily? Find(ChatContext context) =>
        Readers.Select(read => read(context)).FirstOrDefault(family => family is not null);
}
