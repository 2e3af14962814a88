namespace Dropwise.Inference.Verification;

/// <summary>What a device made of an unquantized matrix, beside the processor.</summary>
public sealed record DenseCheck
{
    /// <summary>What ran, and the form of the inputs that it read.</summary>
    public required string Name { get; init; }

    /// <summary>The matrix's element type.</summary>
    public required ScalarType Type { get; init; }

    /// <summary>Output rows N.</summary>
    public int Rows { get; init; }

    /// <summary>Inputs K.</summary>
    public int Columns { get; init; }

    /// <summary>Tokens M.</summary>
    public int Tokens { get; init; }

    /// <summary>‖y − y*‖ / ‖y*‖ of the worst token; of an embedding the number of elements that differ.</summary>
    public double Error { get; init; }

    /// <summary>The largest error that passes; 0 where every bit has to agree.</summary>
    public double Limit { get; init; }

    /// <summary>Why it did not run; otherwise empty.</summary>
    public string Skipped { get; init; } = "";
}
