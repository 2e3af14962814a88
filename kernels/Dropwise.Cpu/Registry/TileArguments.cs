namespace Dropwise.Cpu;

/// <summary>
/// What a driver hands to a generated kernel: one tile of rows, one span of inputs. Pointers are already at the tile's first byte
/// for the span, so that generated code holds no addressing of tiles.
/// </summary>
public unsafe struct TileArguments
{
    /// <summary>One pointer a codebook (one in all where codes are not additive) at the first code of the tile and span.</summary>
    public byte** Codes;

    /// <summary>Group scales of the tile at the first group of the span; of a second level, quantized scales and zeros.</summary>
    public byte* Scales;

    /// <summary>Group zeros of the tile at the first group of the span.</summary>
    public byte* Zeros;

    /// <summary>Second level: statistics of the tile at the first group of the span.</summary>
    public byte* Statistics;

    /// <summary>Outliers: the ends of all jobs of the matrix; null where the format has none.</summary>
    public uint* OutlierEnds;

    /// <summary>Outliers: the entries of all jobs of the matrix.</summary>
    public uint* Outliers;

    /// <summary>Outliers: the job of the tile's first rows and of input 0.</summary>
    public long FirstJob;

    /// <summary>Outliers: jobs from one 16 rows to the next.</summary>
    public int JobsAcross;

    /// <summary>Row scales of the tile, in the format's own type.</summary>
    public ushort* RowScales;

    /// <summary>Prepared codebooks: what the kernel's strategy wants, made once at load.</summary>
    public void* Codebooks;

    /// <summary>Prepared activations at the first input of the span.</summary>
    public void* Activations;

    /// <summary>Scales of the prepared activations at the first input of the span.</summary>
    public float* ActivationScales;

    /// <summary>Sums of the prepared activations, for zero points, at the first input of the span.</summary>
    public float* ActivationSums;

    /// <summary>
    /// Gemv: float32 accumulators of the tile's rows, which products are added to. Gemm: accumulators [tokens, 64]. Dequantize: the
    /// panel [inputs, 64], overwritten.
    /// </summary>
    public float* Output;

    /// <summary>Rows of the tile as stored: a multiple of 64, but of somebody else's blocks the rows that there are.</summary>
    public int TileRows;

    /// <summary>Additive products and blocks: rows to multiply, a multiple of 64 of the former; the pointers stand at the first of them.</summary>
    public int Rows;

    /// <summary>Wide additive codes and somebody else's blocks: bytes from one row to the next.</summary>
    public long RowBytes;

    /// <summary>Products by tables: bytes from one codebook's product tables to the next one's.</summary>
    public long CodebookStride;

    /// <summary>Inputs of the span, padded to a multiple of 32.</summary>
    public int Inputs;

    /// <summary>The first input of the span, counted from the start of the row: tells where groups begin. Products start at a group.</summary>
    public int FirstInput;

    /// <summary>Gemm: tokens to multiply.</summary>
    public int Tokens;

    /// <summary>Tokens that lie between one block of 32 inputs of the prepared activations and the next: 1 where a token is contiguous.</summary>
    public int TokenStride;
}
