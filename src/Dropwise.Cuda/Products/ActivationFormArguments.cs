namespace Dropwise.Cuda;

/// <summary>Where a form of the activations lies and how it is made: the same 80 bytes as <c>struct ActivationForm</c> of the device code.</summary>
public struct ActivationFormArguments
{
    /// <summary>Signed bytes [K], +1 or −1; 0 where the matrices are not rotated.</summary>
    public nint Signs;

    /// <summary>Split16: signed bytes [2 tokens][Kp].</summary>
    public nint X;

    /// <summary>Split16: float32 [tokens][Kp / 512].</summary>
    public nint XScales;

    /// <summary>Split16: int32 [tokens][Kp / <see cref="SumRun"/>], sums of the integers over runs of inputs.</summary>
    public nint XSums;

    /// <summary>Half: float16 [tokens][Kp] in the order of the kernels; bfloat16: [tokens][Kp].</summary>
    public nint XHalf;

    /// <summary>Half: float32 [tokens], powers of two; half rows: the largest magnitude of all tokens, and the power of two.</summary>
    public nint XHalfScales;

    /// <summary>Float32: [tokens][Kp].</summary>
    public nint XFloat;

    /// <summary>Which of the forms it is.</summary>
    public ActivationFormKind Kind;

    /// <summary>Inputs of a Hadamard block, a power of two up to 256; 1 without rotation.</summary>
    public int RotationBlock;

    /// <summary>Inputs K.</summary>
    public int Columns;

    /// <summary>Inputs Kp: K rounded up to 512.</summary>
    public int PaddedColumns;

    /// <summary>Split16: inputs of a sum, a power of two from 32 to 256; 0 where nothing reads sums.</summary>
    public int SumRun;

    /// <summary>Tokens M.</summary>
    public int Tokens;
}
