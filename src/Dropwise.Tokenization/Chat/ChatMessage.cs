namespace Dropwise.Tokenization;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Whose.</param>
/// <param name="Content">What is said.</param>
public sealed record ChatMessage(ChatRole Role, string Content);
