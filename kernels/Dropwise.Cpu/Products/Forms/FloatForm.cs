namespace Dropwise.Cpu;

/// <summary>Rotated float32 activations, [tokens, K padded]; without a rotation, the values as they are.</summary>
internal sealed unsafe class FloatForm(Activations x) : ChunkedForm
{
    private readonly NativeBuffer _values = new((long)x.MaxTokens * x.Stride * sizeof(float));

    /// <inheritdoc/>
    public override ActivationKind Kind => ActivationKind.Float32;

    /// <summary>The first token's values.</summary>
    public float* Values => (float*)_values.Pointer;

    /// <inheritdoc/>
    public override void Bind(TileArguments* tile, Activations x, int token) => tile->Activations = Values + ((nint)token * x.Stride);

    /// <inheritdoc/>
    public override void Dispose() => _values.Dispose();

    /// <inheritdoc/>
    protected override void PrepareChunk(Activations x, int token, int first, int count, float* values) =>
        new ReadOnlySpan<float>(values, count).CopyTo(new Span<float>(Values + ((nint)token * x.Stride) + first, count));
}
