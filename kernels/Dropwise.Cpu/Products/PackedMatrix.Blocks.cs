namespace Dropwise.Cpu;

/// <content>Somebody else's blocks: rows that lie one behind the other, without tiles or padding.</content>
public sealed unsafe partial class PackedMatrix
{
    /// <summary>The name of the stream that holds the blocks.</summary>
    public const string BlocksName = "blocks";

    private readonly PackedStream _blocks;

    /// <inheritdoc/>
    public override void DequantizeRow(int level, int row, float* values)
    {
        if (Format.Descriptor.Block is not { } block)
        {
            base.DequantizeRow(level, row, values);
            return;
        }

        // One lane of a panel a block of inputs: the others are not decoded.
        float* panel = stackalloc float[block.Inputs * PanelRows];
        for (int first = 0; first < Columns; first += block.Inputs)
        {
            DecodeRows(level, row, 1, first, block.Inputs, panel);
            for (int k = 0; k < block.Inputs; k++) values[first + k] = panel[k * PanelRows];
        }
    }

    private void DequantizeBlocks(int level, int firstRow, int firstColumn, int count, float* panel)
    {
        int rows = Math.Min(PanelRows, Rows - firstRow);
        if (rows < PanelRows) new Span<float>(panel, count * PanelRows).Clear();
        DecodeRows(level, firstRow, rows, firstColumn, count, panel);
    }

    private void DecodeRows(int level, int firstRow, int rows, int firstColumn, int count, float* panel)
    {
        byte* codes;
        var tile = new TileArguments { Codes = &codes, Output = panel, Inputs = count };
        BindBlocks(&tile, Format.Descriptor.Block!, firstRow, firstColumn);
        tile.Rows = rows;
        _kernels[level - 1].Dequantize.Function(&tile);
        GC.KeepAlive(_owner);
    }

    private void BindBlocks(TileArguments* tile, BlockDescriptor block, int firstRow, int firstInput)
    {
        tile->RowBytes = (long)Columns / block.Inputs * block.Bytes;
        tile->Codes[0] = (byte*)_blocks.Address + (firstRow * tile->RowBytes) + (firstInput / block.Inputs * (long)block.Bytes);
        tile->TileRows = StoredRows(firstRow / Format.TileRows);
        tile->Rows = tile->TileRows - (firstRow % Format.TileRows);
        tile->FirstInput = firstInput;
    }
}
