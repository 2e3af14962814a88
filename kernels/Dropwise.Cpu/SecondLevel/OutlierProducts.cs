using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
    public static void Add(TileArguments* tile, int block, int end, float* corrections)
    {
        new Span<float>(corrections, OutlierDescriptor.JobInputs / GroupInputs * TileRows).Clear();
        long job = tile->FirstJob + (((tile->FirstInput / ActivationQuantizer.Block) + block) / (OutlierDescriptor.JobInputs / ActivationQuantizer.Block));
        long first = (long)block * tile->TokenStride;
        var x = new Inputs
        {
            Values = (sbyte*)tile->Activations + (first * ActivationQuantizer.Block),
            Scales = tile->ActivationScales + first,
            Stride = tile->TokenStride,
            Count = (end - block) * ActivationQuantizer.Block,
        };
        for (int quarter = 0; quarter < OutlierStreams.JobsPerTile; quarter++, job += tile->JobsAcross)
        {
            uint start = OutlierStreams.Start(tile->OutlierEnds, job);
            int row = quarter * OutlierDescriptor.JobRows;
            Multiply(tile->Outliers + start, (int)(tile->OutlierEnds[job] - start), x, tile->Output + row, corrections + row);
        }
    }

    [SkipLocalsInit]
    private static void Multiply(uint* entries, int count, Inputs x, float* output, float* corrections)
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
                uint row = (uint)OutlierStreams.RowOf(chunk[k]);
                uint input = (uint)OutlierStreams.InputOf(chunk[k]);

                // No file that was written here has an outlier beyond the row's end, where there is no activation.
                if (input >= (uint)x.Count) continue;
                uint block = input / ActivationQuantizer.Block * (uint)x.Stride;
                float value = x.Values[(block * ActivationQuantizer.Block) + (input % ActivationQuantizer.Block)];
                output[row] += weights[k] * (value * x.Scales[block]);
                corrections[(input / GroupInputs * TileRows) + row] += value;
            }
        }
    }

    /// <summary>The activations of a job's inputs.</summary>
    private struct Inputs
    {
        /// <summary>Integers of the first block.</summary>
        public sbyte* Values;

        /// <summary>The scale of the first block.</summary>
        public float* Scales;

        /// <summary>Blocks from one block of the token to the next.</summary>
        public int Stride;

        /// <summary>Inputs that exist, padding to whole blocks included.</summary>
        public int Count;
    }
}
