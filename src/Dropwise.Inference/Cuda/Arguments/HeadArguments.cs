namespace Dropwise.Inference.Cuda;

/// <summary>
/// Biases, norms and turns of heads, and the store into the cache: 152 bytes, as <c>struct HeadArguments</c> of the device code.
/// </summary>
internal struct HeadArguments
{
    /// <summary>Float32: the query heads of the first token.</summary>
    public nint Queries;

    /// <summary>Float32: the key heads of the first token.</summary>
    public nint Keys;

    /// <summary>Float32: the value heads of the first token.</summary>
    public nint Values;

    /// <summary>Float32, as the query heads of a token lie; 0 where nothing is added.</summary>
    public nint QueryBias;

    /// <summary>Float32, as the key heads of a token lie; 0 where nothing is added.</summary>
    public nint KeyBias;

    /// <summary>Float32, as the value heads of a token lie; 0 where nothing is added.</summary>
    public nint ValueBias;

    /// <summary>Float32 [dimension]; 0 where queries are not normalized.</summary>
    public nint QueryWeight;

    /// <summary>Float32 [dimension]; 0 where keys are not normalized.</summary>
    public nint KeyWeight;

    /// <summary>Float32 [tokens][heads · dimension]: receives the queries; may be <see cref="Queries"/>.</summary>
    public nint Turned;

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

    /// <summary>Floats from one token's queries to the next one's.</summary>
    public int QueryTokenStride;

    /// <summary>Floats from one token's keys, or values, to the next one's.</summary>
    public int KeyTokenStride;

    /// <summary>Floats from the query heads of one key-value head to those of the next.</summary>
    public int QueryGroupStride;

    /// <summary>Floats from one key or value head to the next.</summary>
    public int KeyHeadStride;

    /// <summary>1 where the elements of a pair are neighbours, 0 where they are half a head apart.</summary>
    public int Neighbours;

    /// <summary>What is added to the mean squares.</summary>
    public float Epsilon;
}
