namespace Dropwise.Inference;

/// <summary>Receives the logits of many tokens, some at a time, so that memory stays small.</summary>
public interface ILogitsReader
{
    /// <summary>Reads the logits of some consecutive tokens; may overwrite them.</summary>
    /// <param name="first">The first token, counted from the start of the run.</param>
    /// <param name="logits">[tokens, vocabulary] float32, valid during the call.</param>
    /// <param name="vocabulary">Elements of a token's logits.</param>
    void Read(int first, Span<float> logits, int vocabulary);
}
