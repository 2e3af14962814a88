namespace Dropwise.Inference.Cuda;

/// <summary>How a model is brought to devices.</summary>
public sealed record CudaModelOptions
{
    /// <summary>The devices 0 to this − 1 share the model.</summary>
    public int Gpus { get; init; } = 1;

    /// <summary>The highest level to make resident: upper levels are not even read from the file. Null for all that are present.</summary>
    public int? MaximumLevel { get; init; }

    /// <summary>The levels whose kernels are compiled at once; those of others are compiled when they are first used. Null for all resident ones.</summary>
    public int[]? PreparedLevels { get; init; }

    /// <summary>Whether cuBLAS multiplies unquantized bfloat16 matrices, with activations of the same type: what others are compared with.</summary>
    public bool Blas { get; init; }
}
