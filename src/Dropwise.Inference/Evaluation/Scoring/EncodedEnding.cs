namespace Dropwise.Inference;

/// <summary>A context and an ending as tokens.</summary>
/// <param name="Context">Token ids, at least one. Endings of one context share the array.</param>
/// <param name="Ending">Token ids.</param>
public readonly record struct EncodedEnding(int[] Context, int[] Ending)
{
    /// <summary>Tokens that a model reads to score it: all but the last, which is only predicted.</summary>
    public int Inputs => Context.Length + Math.Max(0, Ending.Length - 1);
}
