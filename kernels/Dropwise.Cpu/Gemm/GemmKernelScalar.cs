namespace Dropwise.Cpu;

/// <summary>The products of a panel without vector instructions: the path that every processor has.</summary>
internal readonly unsafe struct GemmKernelScalar : IGemmKernel
{
    public static int TokenBlock => 1;

    public static void MultiplyMany(in GemmTile tile) => MultiplyOne(tile);

    public static void MultiplyOne(in GemmTile tile)
    {
        float* sums = stackalloc float[WeightMatrix.PanelRows];
        new Span<float>(sums, WeightMatrix.PanelRows).Clear();
        float* panel = tile.Panel;
        for (nint k = 0; k < tile.Inputs; k++, panel += WeightMatrix.PanelRows)
        {
            float x = tile.X[k];
            for (int row = 0; row < WeightMatrix.PanelRows; row++) sums[row] += panel[row] * x;
        }

        for (int row = 0; row < WeightMatrix.PanelRows; row++)
            tile.Y[row] = tile.Accumulate ? tile.Y[row] + sums[row] : sums[row];
    }
}
