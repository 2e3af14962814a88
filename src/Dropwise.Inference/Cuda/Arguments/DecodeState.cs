namespace Dropwise.Inference.Cuda;

/// <summary>
/// Where decoding stands and how tokens are drawn, in device memory, so that one captured graph serves every token: the 32 bytes of
/// <c>struct DecodeStateBlock</c> of the device code.
/// </summary>
internal struct DecodeState
{
    /// <summary>No token or position has this number, so that a comparison with it never holds.</summary>
    public const int Unknown = -1;

    /// <summary>The position of the token that is decoded next, or of a batch's first one.</summary>
    public int Position;

    /// <summary>The token that is decoded next.</summary>
    public int Token;

    /// <summary>Tokens drawn so far: the counter of the generator.</summary>
    public int Drawn;

    /// <summary>Draws among this many most likely tokens; 0 for all.</summary>
    public int TopK;

    /// <summary>Divides the logits, a normal number; 0 takes the most likely token.</summary>
    public float Temperature;

    /// <summary>Draws among the fewest tokens that have this probability together; 1 for all.</summary>
    public float TopP;

    /// <summary>The generator's seed.</summary>
    public ulong Seed;

    /// <summary>How tokens are drawn, before any was; where decoding stands is unknown.</summary>
    /// <param name="options">Validated options.</param>
    public static DecodeState Of(SamplingOptions options) => new()
    {
        Position = Unknown,
        Token = Unknown,
        TopK = options.TopK,

        // The device multiplies with the inverse, in float32: both must be finite and not 0.
        Temperature = options.IsGreedy ? 0 : (float)Math.Min(options.Temperature, float.MaxValue),
        TopP = (float)options.TopP,
        Seed = options.Seed,
    };
}

/// <summary>Drawing a token: 32 bytes, as <c>struct SampleArguments</c> of the device code.</summary>
internal struct SampleArguments
{
    /// <summary>Float32 [vocabulary].</summary>
    public nint Logits;

    /// <summary>The <see cref="DecodeState"/>.</summary>
    public nint State;

    /// <summary>Int32 in pinned host memory: receives the token.</summary>
    public nint Drawn;

    /// <summary>Elements of the logits.</summary>
    public int Vocabulary;

    /// <summary>Added to the position.</summary>
    public int Advance;
}
