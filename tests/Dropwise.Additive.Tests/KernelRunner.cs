using Dropwise.Cpu;

namespace Dropwise.Additive.Tests;

/// <summary>Calls the kernels of one packed matrix, a tile at a time, as a driver does.</summary>
internal sealed unsafe class KernelRunner(PackedSample sample) : IDisposable
{
    private const int ChunkRuns = 64;

    private readonly FormatDescriptor _format = sample.Row.Descriptor;
    private readonly PreparedCodebooks _codebooks = PreparedCodebooks.Of(sample.Matrix.Codebooks!);
    private readonly NativeBuffer _tables = new(
        (long)sample.Row.Descriptor.CodebookCount * Chunks(sample) * ChunkBytes(sample.Row.Descriptor));

    private int Runs => sample.Matrix.Columns / _format.Dimension;

    private int PaddedRows => (sample.Matrix.Rows + 63) / 64 * 64;

    public void ComparePanels(KernelEntry kernel)
    {
        int columns = sample.Matrix.Columns;
        using var panel = new NativeBuffer((long)columns * 64 * sizeof(float));
        for (int row = 0; row < PaddedRows; row += 64)
        {
            Tile(kernel, row, 64, (float*)panel.Pointer, null);
            for (int column = 0; column < columns; column++)
            {
                for (int lane = 0; lane < 64; lane++)
                {
                    double expected = row + lane < sample.Matrix.Rows ? sample.Weight(kernel.Level, row + lane, column) : 0;
                    Assert.Equal(expected, ((float*)panel.Pointer)[(column * 64) + lane], 1e-5 * Math.Max(1, Math.Abs(expected)));
                }
            }
        }
    }

    public void CompareProducts(KernelEntry kernel, float[] x, double allowed)
    {
        using var y = new NativeBuffer((long)PaddedRows * sizeof(float));
        fixed (float* pointer = x)
        {
            if (kernel.Activation == ActivationKind.ProductTable) BuildTables(kernel.Isa, pointer);
            for (int tile = 0; tile < PaddedRows; tile += sample.Row.TileRows)
            {
                int rows = Math.Min(sample.Row.TileRows, PaddedRows - tile);

                // The last block of a tile alone, too: tiles are shared by workers.
                Tile(kernel, tile, rows - 64, (float*)y.Pointer + tile, pointer);
                Tile(kernel, tile + rows - 64, 64, (float*)y.Pointer + tile + rows - 64, pointer);
            }
        }

        double error = Samples.RelativeError(new ReadOnlySpan<float>(y.Pointer, sample.Matrix.Rows), sample.Product(kernel.Level, x));
        Assert.True(error <= allowed, $"relative error {error:g3} exceeds {allowed:g3}");
    }

    /// <inheritdoc/>
    public void Dispose() => _tables.Dispose();

    private static int Chunks(PackedSample sample) => ((sample.Matrix.Columns / sample.Row.Descriptor.Dimension) + ChunkRuns - 1) / ChunkRuns;

    private static int ChunkBytes(FormatDescriptor format) => 128 + (ChunkRuns * format.CodeCount);

    private void BuildTables(CpuIsa isa, float* x)
    {
        KernelEntry builder = sample.Row.Find(KernelOp.Tables, 1, isa)!;
        for (int m = 0; m < _format.CodebookCount; m++)
        {
            for (int chunk = 0; chunk < Chunks(sample); chunk++)
            {
                TileArguments arguments = default;
                arguments.Codebooks = _codebooks.Words(builder.Isa, m);
                arguments.Activations = x + (chunk * ChunkRuns * _format.Dimension);
                arguments.Inputs = Math.Min(ChunkRuns, Runs - (chunk * ChunkRuns)) * _format.Dimension;
                arguments.Output = (float*)(_tables.Pointer + (((m * Chunks(sample)) + chunk) * ChunkBytes(_format)));
                builder.Function(&arguments);
            }
        }
    }

    private void Tile(KernelEntry kernel, int firstRow, int rows, float* output, float* x)
    {
        if (rows == 0) return;
        int tile = firstRow / sample.Row.TileRows * sample.Row.TileRows;
        byte** codes = stackalloc byte*[_format.CodebookCount];
        for (int m = 0; m < _format.CodebookCount; m++)
            codes[m] = sample.Stream($"codes.{m + 1}") + (((long)tile * Runs) + (firstRow - tile)) * _format.CodeBits / 8;
        TileArguments arguments = default;
        arguments.Codes = codes;
        arguments.RowScales = (ushort*)sample.Stream("row_scales") + firstRow;
        arguments.Codebooks = _codebooks.Values;
        arguments.Activations = kernel.Activation == ActivationKind.ProductTable ? _tables.Pointer : x;
        arguments.CodebookStride = (long)Chunks(sample) * ChunkBytes(_format);
        arguments.Output = output;
        arguments.TileRows = Math.Min(sample.Row.TileRows, PaddedRows - tile);
        arguments.Rows = rows;
        arguments.Inputs = sample.Matrix.Columns;
        kernel.Function(&arguments);
    }
}
