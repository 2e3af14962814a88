using Dropwise.Cpu;
using Dropwise.Inference.Blocks;
using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.EndToEnd;

/// <summary>Sums of Xᵀ X of what the linear maps of a layer read.</summary>
/// <param name="products">What multiplies.</param>
internal sealed class MomentSums(IInputProducts products)
{
    private double[][] _sums = [];
    private long[] _tokens = [];

    /// <summary>Adds windows.</summary>
    /// <param name="passes">Passes that they have gone there and back through.</param>
    public void Add(ReadOnlySpan<BlockPass> passes)
    {
        int maps = passes[0].Linears.Length;
        bool isFirst = _sums.Length == 0;
        if (isFirst) (_sums, _tokens) = (new double[maps][], new long[maps]);
        for (int i = 0; i < maps; i++)
        {
            if (i > 0 && IsSame(passes, i))
            {
                (_sums[i], _tokens[i]) = (_sums[i - 1], _tokens[i]);
                continue;
            }

            FloatView[] inputs = new FloatView[passes.Length];
            for (int slot = 0; slot < inputs.Length; slot++)
            {
                inputs[slot] = passes[slot].Linears[i].Inputs;
                _tokens[i] += inputs[slot].Rows;
            }

            double[] squares = products.Squares(inputs, inputs[0].Columns);
            if (isFirst) _sums[i] = squares;
            else for (int j = 0; j < squares.Length; j++) _sums[i][j] += squares[j];
        }
    }

    /// <summary>Ends the sums.</summary>
    /// <returns>H = Xᵀ X / n of each linear map, one instance for neighbours that read the same.</returns>
    public InputMoments[] Complete()
    {
        var moments = new InputMoments[_sums.Length];
        for (int i = 0; i < moments.Length; i++)
        {
            double[] sum = _sums[i];
            if (i > 0 && sum == _sums[i - 1])
            {
                moments[i] = moments[i - 1];
                continue;
            }

            // An expert may have got no token.
            double mean = 1.0 / Math.Max(1, _tokens[i]);
            for (int j = 0; j < sum.Length; j++) sum[j] *= mean;
            moments[i] = new InputMoments((int)Math.Sqrt(sum.Length), sum, Math.Max(1, _tokens[i]));
        }

        return moments;
    }

    private static unsafe bool IsSame(ReadOnlySpan<BlockPass> passes, int map)
    {
        foreach (BlockPass pass in passes)
        {
            if (pass.Linears[map].Inputs.Data != pass.Linears[map - 1].Inputs.Data || pass.Linears[map].Inputs.Columns != pass.Linears[map - 1].Inputs.Columns) return false;
        }

        return true;
    }
}
