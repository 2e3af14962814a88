using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dropwise.Cpu;

/// <summary>Rows of blocks to float32 panels, where a lane is a row: decodes eight rows and transposes them.</summary>
public static unsafe class BlockPanels
{
    // The longest block.
    private const int MaxInputs = 256;

    // Rows of one transposition.
    private const int Rows = 8;

    /// <summary>Writes the panel [inputs, 64] of a tile; lanes of rows that it does not have are left as they are.</summary>
    /// <param name="tile">The tile; its span may begin and end inside a block, at a multiple of 32 inputs.</param>
    /// <typeparam name="TBlock">The generated operations of a block.</typeparam>
    public static void Write<TBlock>(TileArguments* tile)
        where TBlock : struct, IBlockDecoder
    {
        float* values = stackalloc float[Rows * MaxInputs];
        int skipped = tile->FirstInput % TBlock.Inputs;
        for (int row = 0; row < tile->Rows; row += Rows)
        {
            int count = Math.Min(Rows, tile->Rows - row);
            byte* blocks = tile->Codes[0] + (row * tile->RowBytes);
            for (int at = -skipped; at < tile->Inputs; at += TBlock.Inputs, blocks += TBlock.Bytes)
            {
                for (int i = 0; i < count; i++) TBlock.Decode(blocks + (i * tile->RowBytes), values + (i * TBlock.Inputs));
                int from = Math.Max(0, -at);
                int to = Math.Min(TBlock.Inputs, tile->Inputs - at);
                float* panel = tile->Output + ((at + from) * WeightMatrix.PanelRows) + row;
                if (count == Rows && Avx.IsSupported) Transpose(values + from, TBlock.Inputs, to - from, panel);
                else Copy(values + from, TBlock.Inputs, count, to - from, panel);
            }
        }
    }

    private static void Transpose(float* values, int stride, int inputs, float* panel)
    {
        for (int k = 0; k < inputs; k += 8)
        {
            PanelTranspose.Store8x8(
                Vector256.Load(values + k), Vector256.Load(values + stride + k), Vector256.Load(values + (2 * stride) + k), Vector256.Load(values + (3 * stride) + k),
                Vector256.Load(values + (4 * stride) + k), Vector256.Load(values + (5 * stride) + k), Vector256.Load(values + (6 * stride) + k),
                Vector256.Load(values + (7 * stride) + k), panel + (k * WeightMatrix.PanelRows));
        }
    }

    private static void Copy(float* values, int stride, int rows, int inputs, float* panel)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int k = 0; k < inputs; k++) panel[(k * WeightMatrix.PanelRows) + row] = values[(row * stride) + k];
        }
    }
}
