using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dropwise.Cpu;

/// <summary>
/// Multiplies the outliers of one tile and 512 inputs with int8 activations, and says what zero points must not count there. The code
/// under an outlier is 0, so that of its dense value s · (0 − z) only the zero point is left: taking the input out of the group's sum of
/// activations removes it exactly, for one addition an outlier. Generated kernels call this before the codes of the same inputs.
/// </summary>
public static unsafe class OutlierProducts
{
    private const int TileRows = 64;
    private const int GroupInputs = 16;
    private const int Chunk = 8;

    // As in ScaleLanes: sign extension leaves copies of the sign in bits 28 to 30, and a half's exponent is 112 below a float's.
    private const int HalfBits = unchecked((int)0x8FFFE000);
    private const float HalfBias = 5.192296858534828e33f;

    /// <summary>Adds the products to the tile's output.</summary>
    /// <param name="tile">The tile; activations stand at its first input, which is a job's.</param>
    /// <param name="block">The first block of 32 inputs, a multiple of 16.</param>
    /// <param name="end">The block after the last, at most 16 further.</param>
    /// <param name="corrections">
    /// Receives for each group of 16 inputs and row the sum of the integer activations that outliers take, [32, 64].
    /// </param>
    [SkipLocalsInit]
    public static void Add(TileArguments* tile, int block, int end, float* corrections)
    {
        new Span<float>(corrections, OutlierDescriptor.JobInputs / GroupInputs * TileRows).Clear();
        long job = tile->FirstJob + (((tile->FirstInput / ActivationQuantizer.Block) + block) / (OutlierDescriptor.JobInputs / ActivationQuantizer.Block));
        float* integers = stackalloc float[OutlierDescriptor.JobInputs];
        float* values = stackalloc float[OutlierDescriptor.JobInputs];
        bool widened = false;
        for (int quarter = 0; quarter < OutlierStreams.JobsPerTile; quarter++, job += tile->JobsAcross)
        {
            uint first = OutlierStreams.Start(tile->OutlierEnds, job);
            uint last = tile->OutlierEnds[job];
            if (first == last) continue;
            if (!widened) Widen(tile, block, end, integers, values);
            widened = true;
            int row = quarter * OutlierDescriptor.JobRows;
            Multiply(tile->Outliers + first, (int)(last - first), integers, values, tile->Output + row, corrections + row);
        }
    }

    // The activations as float32: the integers, and the integers times their block's scale. Inputs beyond the row are zero.
    private static void Widen(TileArguments* tile, int block, int end, float* integers, float* values)
    {
        float* stop = integers + OutlierDescriptor.JobInputs;
        for (; block < end; block++, integers += ActivationQuantizer.Block, values += ActivationQuantizer.Block)
        {
            long at = (long)block * tile->TokenStride;
            sbyte* x = (sbyte*)tile->Activations + (at * ActivationQuantizer.Block);
            float scale = tile->ActivationScales[at];
            for (int i = 0; i < ActivationQuantizer.Block; i += Chunk)
            {
                Vector256<float> wide = Avx2.IsSupported
                    ? Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(x + i))
                    : Vector256.Create((float)x[i], x[i + 1], x[i + 2], x[i + 3], x[i + 4], x[i + 5], x[i + 6], x[i + 7]);
                wide.Store(integers + i);
                (wide * scale).Store(values + i);
            }
        }

        int rest = (int)(stop - integers);
        new Span<float>(integers, rest).Clear();
        new Span<float>(values, rest).Clear();
    }

    [SkipLocalsInit]
    private static void Multiply(uint* entries, int count, float* integers, float* values, float* output, float* corrections)
    {
        float* weights = stackalloc float[Chunk];
        uint* tail = stackalloc uint[Chunk];
        for (int i = 0; i < count; i += Chunk)
        {
            int length = Math.Min(Chunk, count - i);
            uint* chunk = entries + i;
            if (length < Chunk)
            {
                // The last entries may be the last of the mapping.
                for (int k = 0; k < Chunk; k++) tail[k] = k < length ? chunk[k] : 0;
                chunk = tail;
            }

            Vector256<int> halves = Vector256.Load(chunk).AsInt32() << 16;
            (((halves >> 3) & Vector256.Create(HalfBits)).AsSingle() * HalfBias).Store(weights);
            for (int k = 0; k < length; k++)
            {
                int row = OutlierStreams.RowOf(chunk[k]);
                int input = OutlierStreams.InputOf(chunk[k]);
                output[row] += weights[k] * values[input];
                corrections[(input / GroupInputs * TileRows) + row] += integers[input];
            }
        }
    }
}
