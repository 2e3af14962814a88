namespace Dropwise.Tokenization;

/// <summary>Who says something in a conversation.</summary>
public enum ChatRole
{
    /// <summary>What the model is told before the conversation.</summary>
    System = 0,

    /// <summary>The person.</summary>
    User = 1,

    /// <summary>The model.</summary>
    Assistant = 2,
}
