using Dropwise.Cpu;

namespace Dropwise.Inference.Blocks.Engines;

/// <summary>
/// What layers compute with: the memory that their values are in, and the operations on it. Layers are written once, on top of this; addresses that they
/// hand over are the engine's own and mean nothing to anybody else. Operations of one engine run in the order in which they are called, except where
/// <see cref="IsConcurrent"/> lets several threads call it; values are there when <see cref="Read"/> returns.
/// </summary>
public abstract unsafe class BlockEngine : IDisposable
{
    /// <summary>The processor, each operation on the thread that calls it.</summary>
    public static BlockEngine Cpu { get; } = new CpuEngine();

    /// <summary>Whether threads may compute beside each other.</summary>
    public abstract bool IsConcurrent { get; }

    /// <summary>How many windows are best computed at once.</summary>
    /// <param name="tokens">Tokens of a window.</param>
    /// <param name="heads">Query heads of a layer.</param>
    public abstract int WindowsAtOnce(int tokens, int heads);

    /// <summary>Bytes of memory that nobody uses, about.</summary>
    public abstract long FreeBytes { get; }

    /// <summary>Returns when all that was asked of it is done.</summary>
    public abstract void Wait();

    /// <summary>Makes room for values, which mean nothing yet.</summary>
    /// <param name="length">Values.</param>
    public abstract FloatMemory Allocate(long length);

    /// <summary>Copies values to the engine.</summary>
    /// <param name="values">The values.</param>
    /// <param name="target">Receives them.</param>
    public abstract void Write(ReadOnlySpan<float> values, float* target);

    /// <summary>Copies values from the engine, when all that was asked of it is done.</summary>
    /// <param name="source">The values.</param>
    /// <param name="values">Receives them.</param>
    public abstract void Read(float* source, Span<float> values);

    /// <summary>Copies rows.</summary>
    /// <param name="source">The rows; columns lie side by side.</param>
    /// <param name="target">Receives them; columns lie side by side.</param>
    public abstract void Copy(FloatView source, FloatView target);

    /// <summary>Makes values zero.</summary>
    /// <param name="values">The values.</param>
    /// <param name="count">How many.</param>
    public abstract void Clear(float* values, long count);

    /// <summary>y += x.</summary>
    /// <param name="x">[count].</param>
    /// <param name="y">[count].</param>
    /// <param name="count">Elements.</param>
    public abstract void Add(float* x, float* y, long count);

    /// <summary>C = A B, or C += A B; sums in float32.</summary>
    /// <param name="left">A [M, K].</param>
    /// <param name="right">B [K, N].</param>
    /// <param name="result">C [M, N], columns side by side.</param>
    /// <param name="accumulate">Whether products are added to what is there.</param>
    public abstract void Product(FloatView left, FloatView right, FloatView result, bool accumulate = false);

    /// <summary>y = W x + b.</summary>
    /// <param name="linear">W [N, K] and b, or no b.</param>
    /// <param name="x">[tokens, K].</param>
    /// <param name="y">Receives [tokens, N].</param>
    public abstract void Multiply(BlockLinear linear, FloatView x, FloatView y);

    /// <summary>Goes back: dL/dx = Wᵀ dL/dy.</summary>
    /// <param name="linear">W [N, K].</param>
    /// <param name="dy">dL/dy [tokens, N].</param>
    /// <param name="dx">Receives dL/dx [tokens, K].</param>
    /// <param name="accumulate">Whether dL/dx is added to what is there.</param>
    public abstract void MultiplyBack(BlockLinear linear, FloatView dy, FloatView dx, bool accumulate = false);

    /// <summary>Adds the sums of columns.</summary>
    /// <param name="rows">[tokens, elements].</param>
    /// <param name="sums">[elements], on the host; added to.</param>
    public abstract void AddColumnSums(FloatView rows, Span<float> sums);

    /// <summary>Normalizes vectors.</summary>
    /// <param name="norm">The norm.</param>
    /// <param name="x">[vectors, elements], whole rows one after the other.</param>
    /// <param name="y">Receives the same; may be <paramref name="x"/>.</param>
    public abstract void Normalize(BlockNorm norm, FloatView x, FloatView y);

    /// <summary>Goes back through <see cref="Normalize"/>.</summary>
    /// <param name="norm">The norm.</param>
    /// <param name="x">What it read.</param>
    /// <param name="dy">The gradient of what it gave; becomes that of what it read.</param>
    /// <param name="gradient">The gradient of the parameters, on the host; added to.</param>
    public abstract void NormalizeBack(BlockNorm norm, FloatView x, FloatView dy, NormWeights gradient);

    /// <summary>Normalizes queries and keys where heads have norms, and turns them to their positions.</summary>
    /// <param name="attention">Heads, norms and rotary tables.</param>
    /// <param name="wide">Queries, keys and values [tokens, <see cref="BlockAttention.Width"/>], changed.</param>
    /// <param name="batch">Windows.</param>
    public abstract void TurnHeads(BlockAttention attention, float* wide, TokenBatch batch);

    /// <summary>Goes back through <see cref="TurnHeads"/>.</summary>
    /// <param name="attention">Heads, norms and rotary tables.</param>
    /// <param name="projected">What it read; null where heads have no norms.</param>
    /// <param name="dwide">The gradient of what it gave; becomes that of what it read.</param>
    /// <param name="batch">Windows.</param>
    /// <param name="queryGradient">The gradient of the queries' norm, on the host, added to; null where there is none.</param>
    /// <param name="keyGradient">The gradient of the keys' norm, on the host, added to; null where there is none.</param>
    public abstract void TurnHeadsBack(
        BlockAttention attention, float* projected, float* dwide, TokenBatch batch, NormWeights? queryGradient, NormWeights? keyGradient);

    /// <summary>Attends, causally, each window on its own.</summary>
    /// <param name="attention">Heads.</param>
    /// <param name="wide">Turned queries and keys, and values [tokens, <see cref="BlockAttention.Width"/>].</param>
    /// <param name="batch">Windows.</param>
    /// <param name="attended">Receives [tokens, heads · dimension].</param>
    public abstract void Attend(BlockAttention attention, float* wide, TokenBatch batch, float* attended);

    /// <summary>Attends with one more token of each window.</summary>
    /// <param name="attention">Heads.</param>
    /// <param name="past">Turned queries and keys, and values, of the tokens so far and of this one [windows, room, <see cref="BlockAttention.Width"/>].</param>
    /// <param name="room">Positions of a window that there is room for.</param>
    /// <param name="batch">Windows of one token, and its position.</param>
    /// <param name="attended">Receives [windows, heads · dimension].</param>
    public abstract void AttendNext(BlockAttention attention, float* past, int room, TokenBatch batch, float* attended);

    /// <summary>Goes back through <see cref="Attend"/>.</summary>
    /// <param name="attention">Heads.</param>
    /// <param name="wide">What it read.</param>
    /// <param name="batch">Windows.</param>
    /// <param name="dattended">The gradient of what it gave.</param>
    /// <param name="dwide">Receives the gradient of what it read.</param>
    public abstract void AttendBack(BlockAttention attention, float* wide, TokenBatch batch, float* dattended, float* dwide);

    /// <summary>f(gate) ⊙ up, or f(up) where nothing gates.</summary>
    /// <param name="function">f.</param>
    /// <param name="gates">[count], or null.</param>
    /// <param name="ups">[count].</param>
    /// <param name="inner">Receives [count]; may be <paramref name="ups"/>.</param>
    /// <param name="count">Elements.</param>
    public abstract void Activate(ActivationFunction function, float* gates, float* ups, float* inner, long count);

    /// <summary>Goes back through <see cref="Activate"/>.</summary>
    /// <param name="function">f.</param>
    /// <param name="gates">[count], or null; becomes its gradient.</param>
    /// <param name="ups">[count]; becomes its gradient.</param>
    /// <param name="dinner">The gradient of what it gave.</param>
    /// <param name="count">Elements.</param>
    public abstract void ActivateBack(ActivationFunction function, float* gates, float* ups, float* dinner, long count);

    /// <summary>Copies the rows of some tokens.</summary>
    /// <param name="route">The tokens.</param>
    /// <param name="all">Rows of all tokens.</param>
    /// <param name="some">Receives the rows of these.</param>
    /// <param name="weighted">Whether each is multiplied by its token's weight.</param>
    public abstract void Gather(NetworkTokens route, FloatView all, FloatView some, bool weighted);

    /// <summary>Adds rows to those of some tokens.</summary>
    /// <param name="route">The tokens.</param>
    /// <param name="some">Rows of these.</param>
    /// <param name="all">Rows of all tokens, added to.</param>
    /// <param name="weighted">Whether each is multiplied by its token's weight.</param>
    public abstract void Scatter(NetworkTokens route, FloatView some, FloatView all, bool weighted);

    /// <summary>The products of rows with those of some tokens.</summary>
    /// <param name="route">The tokens.</param>
    /// <param name="all">Rows of all tokens.</param>
    /// <param name="some">Rows of these.</param>
    /// <param name="products">Receives ⟨all, some⟩ at the rows of these tokens [tokens, 1]; other rows stay as they are.</param>
    public abstract void RowProducts(NetworkTokens route, FloatView all, FloatView some, FloatView products);

    /// <summary>The divergence KL(reference ‖ model) of predictions, and its gradient.</summary>
    /// <param name="model">Logits of the model before the cap [tokens, vocabulary]; become the gradient where it is wanted, and mean nothing otherwise.</param>
    /// <param name="reference">Those of the reference; mean nothing afterwards.</param>
    /// <param name="cap">The cap of logits, or 0.</param>
    /// <param name="factor">What gradients are multiplied by; null where none is wanted.</param>
    /// <returns>The sum over tokens, in nats; not multiplied.</returns>
    public abstract double Diverge(FloatView model, FloatView reference, float cap, double? factor);

    /// <summary>Draws from predictions: of each row the first token at which the probabilities so far add up to more than a point.</summary>
    /// <param name="logits">Logits before the cap [rows, vocabulary]; mean nothing afterwards.</param>
    /// <param name="cap">The cap of logits, or 0.</param>
    /// <param name="points">[rows], each at least 0 and below 1.</param>
    /// <param name="tokens">Receives [rows], -1 where a row is not finite.</param>
    public abstract void Draw(FloatView logits, float cap, ReadOnlySpan<double> points, Span<int> tokens);

    /// <inheritdoc/>
    public abstract void Dispose();
}
