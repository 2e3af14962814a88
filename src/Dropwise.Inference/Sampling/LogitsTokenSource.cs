namespace Dropwise.Inference;

/// <summary>Draws from a session's logits in host memory.</summary>
/// <param name="session">The session.</param>
/// <param name="sampler">How to draw.</param>
internal sealed class LogitsTokenSource(Session session, Sampler sampler) : ITokenSource
{
    public int Next() => sampler.Next(session.Logits);
}
