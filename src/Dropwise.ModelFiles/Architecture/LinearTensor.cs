namespace Dropwise.ModelFiles;

/// <summary>A linear map y = W x + b of a model, as its file should hold it.</summary>
/// <param name="Weight">The name of W.</param>
/// <param name="Rows">Output rows N.</param>
/// <param name="Columns">Inputs K.</param>
/// <param name="Bias">The name of b, [N], or null where there is none.</param>
/// <param name="Site">What names the input: maps of one site read the same activations.</param>
public sealed record LinearTensor(string Weight, int Rows, int Columns, string? Bias, string Site);

/// <summary>A norm of a model, as its file should hold it.</summary>
/// <param name="Weight">The name of its factors.</param>
/// <param name="Bias">The name of what it adds, or null.</param>
/// <param name="Length">Elements of each.</param>
public sealed record NormTensor(string Weight, string? Bias, int Length);

/// <summary>A feed-forward network of a model, as its file should hold it.</summary>
/// <param name="Gate">[intermediate, hidden], or null where nothing gates.</param>
/// <param name="Up">[intermediate, hidden].</param>
/// <param name="Down">[hidden, intermediate].</param>
public sealed record FeedForwardTensors(LinearTensor? Gate, LinearTensor Up, LinearTensor Down)
{
    /// <summary>The maps in the order in which a token meets them.</summary>
    public IEnumerable<LinearTensor> Linears => Gate is null ? [Up, Down] : [Gate, Up, Down];
}
