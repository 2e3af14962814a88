namespace Dropwise.ModelFiles;

/// <summary>How attention, feed-forward network and norms of a layer are put together.</summary>
public enum LayerStructure
{
    /// <summary>x += attention(norm(x)), x += feed-forward(norm(x)).</summary>
    Sequential = 0,

    /// <summary>x += norm(attention(norm(x))), x += norm(feed-forward(norm(x))).</summary>
    Sandwich = 1,

    /// <summary>x += attention(norm(x)) + feed-forward(norm(x)), with one norm.</summary>
    Parallel = 2,

    /// <summary>As <see cref="Parallel"/>, with a norm for each of the two.</summary>
    ParallelTwoNorms = 3,
}

/// <summary>How the queries, keys and values of a token lie beside each other in the output of their projections.</summary>
public enum QueryKeyValueLayout
{
    /// <summary>Three matrices; all query heads, then all keys, then all values.</summary>
    Separate = 0,

    /// <summary>One matrix; all query heads, then all keys, then all values.</summary>
    Fused = 1,

    /// <summary>One matrix; the query heads of a key-value head, its key, its value, and so on.</summary>
    FusedByGroup = 2,
}
