using System.Runtime.CompilerServices;

namespace Dropwise.Cuda;

/// <summary>
/// The products of one input with one or more matrices of the same format, level and K: the same 584 bytes as <c>struct Products</c> of the
/// device code.
/// </summary>
public struct ProductArguments
{
    /// <summary>Matrices that a launch has room for.</summary>
    public const int MaxMatrices = 4;

    /// <summary>The matrices.</summary>
    public MatrixList Matrices;

    /// <summary>Split16: signed bytes [2 tokens][Kp], a token's high bytes and then its low bytes; unquantized products: float32 [tokens][Kp].</summary>
    public nint X;

    /// <summary>Split16: float32 [tokens][Kp / 512].</summary>
    public nint XScales;

    /// <summary>Split16: int32 [tokens][Kp / <see cref="SumRun"/>], sums of the integers over runs of inputs.</summary>
    public nint XSums;

    /// <summary>Half: float16 in slabs [Kp / 64][tokens rounded up to 8][64], as <c>half_index</c> of the device code places them.</summary>
    public nint XHalf;

    /// <summary>Half: float32 [tokens], powers of two.</summary>
    public nint XHalfScales;

    /// <summary>Matrices, 1 to <see cref="MaxMatrices"/>.</summary>
    public int MatrixCount;

    /// <summary>Tokens M.</summary>
    public int Tokens;

    /// <summary>Inputs K.</summary>
    public int Columns;

    /// <summary>Inputs Kp: K rounded up to 512.</summary>
    public int PaddedColumns;

    /// <summary>Inputs of a run of <see cref="XSums"/>; 0 where the format needs none.</summary>
    public int SumRun;

    /// <summary>1 where products are added to the outputs, 0 where they overwrite them.</summary>
    public int Add;

    /// <summary>How blocks and warps share the work out, of kernels whose launch names a unit.</summary>
    public ProductShares Shares;

    /// <summary>The arguments of an input, for matrices that are still to be filled in.</summary>
    /// <param name="x">The input; of the two things that <see cref="X"/> can be, the one that its kind names.</param>
    /// <param name="matrixCount">Matrices, 1 to <see cref="MaxMatrices"/>.</param>
    /// <param name="add">Whether products are added to the outputs.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are too many matrices for a launch, or none.</exception>
    public static ProductArguments Of(in ActivationFormArguments x, int matrixCount, bool add)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(matrixCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(matrixCount, MaxMatrices);
        return new ProductArguments
        {
            X = x.Kind == ActivationFormKind.Float32 ? x.XFloat : x.X,
            XScales = x.XScales,
            XSums = x.XSums,
            XHalf = x.XHalf,
            XHalfScales = x.XHalfScales,
            MatrixCount = matrixCount,
            Tokens = x.Tokens,
            Columns = x.Columns,
            PaddedColumns = x.PaddedColumns,
            SumRun = x.SumRun,
            Add = add ? 1 : 0,
        };
    }

    /// <summary>Matrices one after the other.</summary>
    [InlineArray(MaxMatrices)]
    public struct MatrixList
    {
        private MatrixArguments _first;
    }
}
