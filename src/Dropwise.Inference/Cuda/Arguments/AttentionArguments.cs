namespace Dropwise.Inference.Cuda;

/// <summary>Rotary embedding and the store into the cache: 80 bytes, as <c>struct RopeArguments</c> of the device code.</summary>
internal struct RopeArguments
{
    /// <summary>Float32 [tokens][heads · dimension]; turned in place.</summary>
    public nint Queries;

    /// <summary>Float32 [tokens][key-value heads · dimension].</summary>
    public nint Keys;

    /// <summary>Float32 [tokens][key-value heads · dimension].</summary>
    public nint Values;

    /// <summary>Float16 [key-value heads][context][dimension].</summary>
    public nint KeyCache;

    /// <summary>Float16 [key-value heads][context][dimension].</summary>
    public nint ValueCache;

    /// <summary>Float32 [context][dimension / 2].</summary>
    public nint Cosines;

    /// <summary>Float32 [context][dimension / 2].</summary>
    public nint Sines;

    /// <summary>Int32: the position of the first token.</summary>
    public nint Position;

    /// <summary>Query heads.</summary>
    public int Heads;

    /// <summary>Key-value heads.</summary>
    public int KeyValueHeads;

    /// <summary>Positions of the cache.</summary>
    public int Context;
}

/// <summary>Attention of few tokens, split over the positions: 104 bytes, as <c>struct DecodeAttentionArguments</c> of the device code.</summary>
internal struct DecodeAttentionArguments
{
    /// <summary>Float32 [tokens][heads · dimension]; turned, or not yet where <see cref="Keys"/> is given.</summary>
    public nint Queries;

    /// <summary>Float16 [key-value heads][context][dimension].</summary>
    public nint KeyCache;

    /// <summary>Float16 [key-value heads][context][dimension].</summary>
    public nint ValueCache;

    /// <summary>Float32 [tokens][heads][splits][dimension].</summary>
    public nint Partial;

    /// <summary>Float32 [tokens][heads][splits][2].</summary>
    public nint Statistics;

    /// <summary>Int32: the position of the first token.</summary>
    public nint Position;

    /// <summary>Of one token: float32 [key-value heads · dimension], to be turned and stored; 0 where the cache has them already.</summary>
    public nint Keys;

    /// <summary>Of one token: float32 [key-value heads · dimension].</summary>
    public nint Values;

    /// <summary>Float32 [context][dimension / 2].</summary>
    public nint Cosines;

    /// <summary>Float32 [context][dimension / 2].</summary>
    public nint Sines;

    /// <summary>Query heads.</summary>
    public int Heads;

    /// <summary>Key-value heads.</summary>
    public int KeyValueHeads;

    /// <summary>Positions of the cache.</summary>
    public int Context;

    /// <summary>log2(e) / √dimension.</summary>
    public float Scale;

    /// <summary>Positions that a token attends to, its own included; not read by kernels of models without windows.</summary>
    public int Window;

    /// <summary>The bound of scores times log2(e); not read by kernels of models whose scores have none.</summary>
    public float Cap;
}

/// <summary>Causal attention of many tokens: 72 bytes, as <c>struct PrefillAttentionArguments</c> of the device code.</summary>
internal struct PrefillAttentionArguments
{
    /// <summary>Float32 [tokens][heads · dimension], turned.</summary>
    public nint Queries;

    /// <summary>Float16 [key-value heads][context][dimension].</summary>
    public nint KeyCache;

    /// <summary>Float16 [key-value heads][context][dimension].</summary>
    public nint ValueCache;

    /// <summary>Float32 [tokens][heads · dimension].</summary>
    public nint Output;

    /// <summary>Int32: the position of the first token.</summary>
    public nint Position;

    /// <summary>Tokens of the batch.</summary>
    public int Tokens;

    /// <summary>Query heads.</summary>
    public int Heads;

    /// <summary>Key-value heads.</summary>
    public int KeyValueHeads;

    /// <summary>Positions of the cache.</summary>
    public int Context;

    /// <summary>log2(e) / √dimension.</summary>
    public float Scale;

    /// <summary>Positions that a token attends to, its own included; not read by kernels of models without windows.</summary>
    public int Window;

    /// <summary>The bound of scores times log2(e); not read by kernels of models whose scores have none.</summary>
    public float Cap;
}
