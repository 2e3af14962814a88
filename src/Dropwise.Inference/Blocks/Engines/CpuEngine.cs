using Dropwise.Cpu;

namespace Dropwise.Inference.Blocks.Engines;

/// <summary>The processor: memory of the host, each operation on the calling thread by the project's vector kernels.</summary>
internal sealed unsafe class CpuEngine : BlockEngine
{
    /// <inheritdoc/>
    public override bool IsConcurrent => true;

    /// <inheritdoc/>
    public override long FreeBytes
    {
        get
        {
            GCMemoryInfo memory = GC.GetGCMemoryInfo();
            return Math.Max(0, memory.TotalAvailableMemoryBytes - Environment.WorkingSet);
        }
    }

    /// <inheritdoc/>
    public override void Wait()
    {
        // What was called has returned.
    }

    /// <inheritdoc/>
    public override int WindowsAtOnce(int tokens, int heads) => 1;

    /// <inheritdoc/>
    public override FloatMemory Allocate(long length) => new CpuMemory(length);

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<float> values, float* target) => values.CopyTo(new Span<float>(target, values.Length));

    /// <inheritdoc/>
    public override void Read(float* source, Span<float> values) => new ReadOnlySpan<float>(source, values.Length).CopyTo(values);

    /// <inheritdoc/>
    public override void Copy(FloatView source, FloatView target)
    {
        for (int row = 0; row < source.Rows; row++)
            new ReadOnlySpan<float>(source.At(row, 0), source.Columns).CopyTo(new Span<float>(target.At(row, 0), target.Columns));
    }

    /// <inheritdoc/>
    public override void Clear(float* values, long count) => new Span<float>(values, checked((int)count)).Clear();

    /// <inheritdoc/>
    public override void Add(float* x, float* y, long count) => VectorOperations.Add(x, y, checked((int)count));

    /// <inheritdoc/>
    public override void Product(FloatView left, FloatView right, FloatView result, bool accumulate = false) => FloatProduct.Run(left, right, result, accumulate);

    /// <inheritdoc/>
    public override void Multiply(BlockLinear linear, FloatView x, FloatView y)
    {
        fixed (float* weight = linear.Weight, bias = linear.Bias)
        {
            FloatProduct.Run(x, new FloatView(weight, linear.Tensor.Rows, linear.Tensor.Columns).Transposed, y);
            if (bias is null) return;
            for (int token = 0; token < y.Rows; token++) VectorOperations.Add(bias, y.At(token, 0), y.Columns);
        }
    }

    /// <inheritdoc/>
    public override void MultiplyBack(BlockLinear linear, FloatView dy, FloatView dx, bool accumulate = false)
    {
        fixed (float* weight = linear.Weight) FloatProduct.Run(dy, new FloatView(weight, linear.Tensor.Rows, linear.Tensor.Columns), dx, accumulate);
    }

    /// <inheritdoc/>
    public override void AddColumnSums(FloatView rows, Span<float> sums)
    {
        fixed (float* target = sums)
        {
            for (int row = 0; row < rows.Rows; row++) VectorOperations.Add(rows.At(row, 0), target, rows.Columns);
        }
    }

    /// <inheritdoc/>
    public override void Normalize(BlockNorm norm, FloatView x, FloatView y)
    {
        fixed (float* weight = norm.Weights.Weight, bias = norm.Weights.Bias)
        {
            for (int row = 0; row < x.Rows; row++)
            {
                if (bias is null) NormOperations.RmsNorm(x.At(row, 0), weight, norm.Epsilon, y.At(row, 0), norm.Length);
                else NormOperations.LayerNorm(x.At(row, 0), weight, bias, norm.Epsilon, y.At(row, 0), norm.Length);
            }
        }
    }

    /// <inheritdoc/>
    public override void NormalizeBack(BlockNorm norm, FloatView x, FloatView dy, NormWeights gradient)
    {
        fixed (float* weight = norm.Weights.Weight, dweight = gradient.Weight, dbias = gradient.Bias)
        {
            for (int row = 0; row < x.Rows; row++)
            {
                float* at = x.At(row, 0), d = dy.At(row, 0);
                if (dbias is null) NormOperations.RmsNormGradient(at, weight, norm.Epsilon, d, d, dweight, norm.Length);
                else NormOperations.LayerNormGradient(at, weight, norm.Epsilon, d, d, dweight, dbias, norm.Length);
            }
        }
    }

    /// <inheritdoc/>
    public override void TurnHeads(BlockAttention attention, float* wide, TokenBatch batch)
    {
        for (int token = 0; token < batch.Count; token++) CpuAttention.Turn(attention, this, batch.First + (token % batch.Tokens), wide + ((nint)token * attention.Width));
    }

    /// <inheritdoc/>
    public override void TurnHeadsBack(BlockAttention attention, float* projected, float* dwide, TokenBatch batch, NormWeights? queryGradient, NormWeights? keyGradient)
    {
        for (int token = 0; token < batch.Count; token++)
        {
            nint row = (nint)token * attention.Width;
            CpuAttention.TurnBack(attention, this, token % batch.Tokens, projected is null ? null : projected + row, dwide + row, queryGradient, keyGradient);
        }
    }

    /// <inheritdoc/>
    public override void Attend(BlockAttention attention, float* wide, TokenBatch batch, float* attended)
    {
        for (int window = 0; window < batch.Windows; window++)
        {
            nint first = (nint)window * batch.Tokens;
            new CpuAttention(attention, wide + (first * attention.Width), batch.Tokens).Forward(attended + (first * attention.AttendedSize));
        }
    }

    /// <inheritdoc/>
    public override void AttendNext(BlockAttention attention, float* past, int room, TokenBatch batch, float* attended)
    {
        for (int window = 0; window < batch.Windows; window++)
            new CpuAttention(attention, past + ((nint)window * room * attention.Width), batch.First + 1).ForwardLast(attended + ((nint)window * attention.AttendedSize));
    }

    /// <inheritdoc/>
    public override void AttendBack(BlockAttention attention, float* wide, TokenBatch batch, float* dattended, float* dwide)
    {
        for (int window = 0; window < batch.Windows; window++)
        {
            nint first = (nint)window * batch.Tokens;
            new CpuAttention(attention, wide + (first * attention.Width), batch.Tokens).Backward(dattended + (first * attention.AttendedSize), dwide + (first * attention.Width));
        }
    }

    /// <inheritdoc/>
    public override void Activate(ActivationFunction function, float* gates, float* ups, float* inner, long count)
    {
        if (gates is null) ActivationOperations.Apply(function, ups, inner, checked((int)count));
        else ActivationOperations.ApplyGate(function, gates, ups, inner, checked((int)count));
    }

    /// <inheritdoc/>
    public override void ActivateBack(ActivationFunction function, float* gates, float* ups, float* dinner, long count)
    {
        if (gates is null) ActivationOperations.ApplyGradient(function, ups, dinner, ups, checked((int)count));
        else ActivationOperations.ApplyGateGradient(function, gates, ups, dinner, gates, ups, checked((int)count));
    }

    /// <inheritdoc/>
    public override void Gather(NetworkTokens route, FloatView all, FloatView some, bool weighted)
    {
        for (int i = 0; i < some.Rows; i++)
        {
            new ReadOnlySpan<float>(all.At(route.TokenOf(i), 0), all.Columns).CopyTo(new Span<float>(some.At(i, 0), some.Columns));
            if (weighted && !route.AreAll) VectorOperations.Multiply(some.At(i, 0), route.WeightOf(i), some.Columns);
        }
    }

    /// <inheritdoc/>
    public override void Scatter(NetworkTokens route, FloatView some, FloatView all, bool weighted)
    {
        for (int i = 0; i < some.Rows; i++)
            VectorOperations.AddScaled(some.At(i, 0), weighted ? route.WeightOf(i) : 1, all.At(route.TokenOf(i), 0), some.Columns);
    }

    /// <inheritdoc/>
    public override void RowProducts(NetworkTokens route, FloatView all, FloatView some, FloatView products)
    {
        for (int i = 0; i < some.Rows; i++)
            *products.At(route.TokenOf(i), 0) = VectorOperations.Dot(all.At(route.TokenOf(i), 0), some.At(i, 0), some.Columns);
    }

    /// <inheritdoc/>
    public override double Diverge(FloatView model, FloatView reference, float cap, double? factor)
    {
        int vocabulary = model.Columns;
        var divergence = new TokenDivergence(vocabulary);
        float[] slopes = new float[cap == 0 || factor is null ? 0 : vocabulary];
        double sum = 0;
        fixed (float* slope = slopes)
        {
            for (int token = 0; token < model.Rows; token++)
            {
                float* row = model.At(token, 0), expected = reference.At(token, 0);
                if (cap != 0)
                {
                    // A slope is that of the cap at the logit as it was.
                    VectorOperations.SoftCap(row, 1, cap, vocabulary);
                    VectorOperations.SoftCap(expected, 1, cap, vocabulary);
                    if (slope is not null) VectorOperations.SoftCapSlopes(row, 1, cap, slope, vocabulary);
                }

                var logits = new Span<float>(row, vocabulary);
                divergence.Compare(logits, new ReadOnlySpan<float>(expected, vocabulary), 0);
                sum += divergence.Divergence;
                if (factor is null) continue;
                divergence.Gradient(factor.Value, logits);
                if (slope is not null) VectorOperations.Multiply(row, slope, vocabulary);
            }
        }

        return sum;
    }

    /// <inheritdoc/>
    public override void Draw(FloatView logits, float cap, ReadOnlySpan<double> points, Span<int> tokens)
    {
        for (int row = 0; row < logits.Rows; row++)
        {
            float* values = logits.At(row, 0);
            if (cap != 0) VectorOperations.SoftCap(values, 1, cap, logits.Columns);
            double rest = points[row] * VectorOperations.SoftmaxNumerators(values, 1, logits.Columns);
            tokens[row] = double.IsFinite(rest) ? 0 : -1;
            for (int token = 0; double.IsFinite(rest) && rest >= 0 && token < logits.Columns; token++)
            {
                rest -= values[token];
                tokens[row] = token;
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        // One for the process, which holds nothing.
    }
}
