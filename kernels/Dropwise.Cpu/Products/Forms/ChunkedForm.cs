namespace Dropwise.Cpu;

/// <summary>A form whose chunks of 256 inputs are independent of each other: workers share chunks of all tokens evenly.</summary>
internal abstract unsafe class ChunkedForm : ActivationForm
{
    /// <inheritdoc/>
    public sealed override void Prepare(Activations x, int worker, WorkerTeam team)
    {
        int chunks = (x.Columns + ChunkInputs - 1) / ChunkInputs;
        (int start, int end) = team.Share(chunks * x.Tokens, worker);
        float* scratch = stackalloc float[ChunkInputs];
        for (int i = start; i < end; i++)
        {
            int token = i / chunks;
            int first = i % chunks * ChunkInputs;
            int count = Math.Min(ChunkInputs, x.Columns - first);
            float* values = x.Run(Transform, token, first, count, scratch);

            // A block that the row does not fill is completed by zeros, which add nothing to a product.
            if (count % ActivationQuantizer.Block != 0)
            {
                if (values != scratch) new ReadOnlySpan<float>(values, count).CopyTo(new Span<float>(scratch, count));
                values = scratch;
                int padded = Activations.PaddedColumns(count);
                new Span<float>(values + count, padded - count).Clear();
                count = padded;
            }

            PrepareChunk(x, token, first, count, values);
        }
    }

    /// <summary>Prepares one chunk.</summary>
    /// <param name="x">The activations.</param>
    /// <param name="token">The token.</param>
    /// <param name="first">The first input, a multiple of 256.</param>
    /// <param name="count">Inputs, a multiple of 32.</param>
    /// <param name="values">The inputs, rotated and padded, [count] float32.</param>
    protected abstract void PrepareChunk(Activations x, int token, int first, int count, float* values);
}
