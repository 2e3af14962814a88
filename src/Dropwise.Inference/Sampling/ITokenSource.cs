namespace Dropwise.Inference;

/// <summary>Draws the next token of a session, from logits that may never leave a device.</summary>
public interface ITokenSource
{
    /// <summary>Draws a token from the session's logits; appending it is the caller's choice.</summary>
    /// <returns>The token's id.</returns>
    /// <exception cref="InferenceException">The largest logit is not finite: the model is broken.</exception>
    int Next();
}
