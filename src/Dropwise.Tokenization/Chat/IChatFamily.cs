namespace Dropwise.Tokenization.Chat;

/// <summary>A way to write conversations that several models share.</summary>
internal interface IChatFamily
{
    /// <summary>The family, as messages name it.</summary>
    string Name { get; }

    /// <summary>The tokens that end an answer.</summary>
    IReadOnlyList<string> EndTokens { get; }

    /// <summary>Writes a conversation.</summary>
    /// <param name="system">What the system says, or null.</param>
    /// <param name="turns">User and assistant in turn, the user first and last.</param>
    /// <returns>The text up to where the next answer begins.</returns>
    string Render(string? system, IReadOnlyList<ChatMessage> turns);
}
