using System.Runtime.Intrinsics;
using Dropwise.Cpu;

namespace Dropwise.Quantization.Additive.Feedback;

/// <summary>
/// Some rows of one level in error feedback: Δ = T − P, what is left of the target where inputs are settled, and S = Δ U over them. What input j can still
/// decide of the whole error ‖Δ U‖² is S_j + Δ_j U_jj: a run comes closest to T_j + S_j U_jj⁻¹.
/// </summary>
/// <param name="level">The level.</param>
/// <param name="start">The first row.</param>
/// <param name="rows">Rows.</param>
internal sealed unsafe class LevelRows(FeedbackLevel level, int start, int rows)
{
    private readonly int _columns = level.Target.Columns;
    private readonly float[] _errors = new float[rows * level.Target.Columns];
    private readonly float[] _sums = new float[rows * level.Target.Columns];
    private readonly float[] _scales = new float[rows];

    /// <summary>Rows.</summary>
    public int Rows => rows;

    /// <summary>Takes a row's target.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <param name="factor">What the target is multiplied by.</param>
    public void Load(int row, float factor)
    {
        _scales[row] = factor;
        ReadOnlySpan<float> target = level.Target.Row(start + row);
        Span<float> errors = ErrorsOf(row);
        for (int k = 0; k < errors.Length; k++) errors[k] = target[k] * factor;
    }

    /// <summary>What a run of inputs is to come close to.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <param name="run">The run, from 0; those before it are settled.</param>
    /// <param name="target">Receives T_j + S_j U_jj⁻¹.</param>
    public void Aim(int row, int run, Span<float> target)
    {
        int dimension = target.Length;
        ErrorsOf(row).Slice(run * dimension, dimension).CopyTo(target);
        ReadOnlySpan<float> sums = _sums.AsSpan((row * _columns) + (run * dimension), dimension), inverse = level.InverseOf(run);
        for (int first = 0; first < dimension; first += Vector128<float>.Count)
        {
            Vector128<float> aim = Vector128.Create(target[first..]);

            // Upper triangular: rows below the lanes are zeros there.
            for (int i = 0; i < first + Vector128<float>.Count; i++)
                aim = Vector128.FusedMultiplyAdd(Vector128.Create(sums[i]), Vector128.Create(inverse[((i * dimension) + first)..]), aim);
            aim.CopyTo(target[first..]);
        }
    }

    /// <summary>Settles a run of inputs, and adds its error to S up to the end of the batch.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <param name="column">The run's first input.</param>
    /// <param name="last">The input after the batch.</param>
    /// <param name="sum">What the level's codewords add up to.</param>
    public void Settle(int row, int column, int last, ReadOnlySpan<float> sum)
    {
        Span<float> errors = ErrorsOf(row).Slice(column, sum.Length);
        for (int j = 0; j < sum.Length; j++) errors[j] -= sum[j];
        int next = column + sum.Length;
        if (next == last) return;
        fixed (float* sums = &_sums[row * _columns], factor = &level.Factor[column * _columns])
        {
            for (int j = 0; j < sum.Length; j++)
                VectorOperations.AddScaled(factor + ((nint)j * _columns) + next, errors[j], sums + next, last - next);
        }
    }

    /// <summary>Adds the errors of a batch to S of all later inputs.</summary>
    /// <param name="first">The batch's first input.</param>
    /// <param name="last">The input after its last.</param>
    public void HandOn(int first, int last)
    {
        if (last == _columns) return;
        fixed (float* errors = _errors, sums = _sums, factor = level.Factor)
        {
            FloatProduct.Run(
                new FloatView(errors, rows, _columns).Part(0, rows, first, last - first),
                new FloatView(factor, _columns, _columns).Part(first, last - first, last, _columns - last),
                new FloatView(sums, rows, _columns).Part(0, rows, last, _columns - last),
                accumulate: true);
        }
    }

    /// <summary>Adds λ ⟨T, P⟩ and λ ⟨P, P⟩ of each row, P = T − Δ being what the codes stand for.</summary>
    /// <param name="products">Receives sums of λ ⟨T, P⟩ [rows].</param>
    /// <param name="squares">Receives sums of λ ⟨P, P⟩ [rows].</param>
    public void AddProducts(Span<double> products, Span<double> squares)
    {
        if (level.Weight == 0) return;
        float[] weighted = new float[_sums.Length], weightedErrors = new float[_sums.Length];
        fixed (float* errors = _errors, values = weighted, wholeErrors = weightedErrors, factor = level.Factor)
        {
            FloatView upper = new(factor, _columns, _columns);
            FloatProduct.Run(new FloatView(errors, rows, _columns), upper, new FloatView(wholeErrors, rows, _columns));
            for (int row = 0; row < rows; row++)
            {
                // Errors become what the codes stand for: from here on nothing else is asked of them.
                ReadOnlySpan<float> target = level.Target.Row(start + row);
                Span<float> error = ErrorsOf(row);
                for (int k = 0; k < error.Length; k++) error[k] = (target[k] * _scales[row]) - error[k];
            }

            FloatProduct.Run(new FloatView(errors, rows, _columns), upper, new FloatView(values, rows, _columns));
        }

        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> p = weighted.AsSpan(row * _columns, _columns), e = weightedErrors.AsSpan(row * _columns, _columns);
            double square = 0, cross = 0;
            for (int k = 0; k < p.Length; k++)
            {
                square += (double)p[k] * p[k];
                cross += (double)p[k] * e[k];
            }

            products[row] += level.Weight * (square + cross);
            squares[row] += level.Weight * square;
        }
    }

    private Span<float> ErrorsOf(int row) => _errors.AsSpan(row * _columns, _columns);
}
