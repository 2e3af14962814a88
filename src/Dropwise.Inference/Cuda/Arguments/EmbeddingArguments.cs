namespace Dropwise.Inference.Cuda;

/// <summary>Rows of an unquantized embedding: 32 bytes, as <c>struct EmbeddingArguments</c> of the device code.</summary>
internal struct EmbeddingArguments
{
    /// <summary>[vocabulary][columns] of the table's type.</summary>
    public nint Table;

    /// <summary>Int32 [tokens].</summary>
    public nint Tokens;

    /// <summary>Float32 [tokens][columns].</summary>
    public nint Output;

    /// <summary>Elements of a row.</summary>
    public int Columns;
}
