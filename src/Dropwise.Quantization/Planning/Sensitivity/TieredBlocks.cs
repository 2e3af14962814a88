using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.ModelFiles;

namespace Dropwise.Quantization.Planning.Sensitivity;

/// <summary>Reads blocks as each tier makes them, in float32 where an engine computes. The first that were read are kept for the next time, as many as a few gigabytes hold.</summary>
internal sealed class TieredBlocks : IDisposable
{
    // Four versions of a model of 250 million weights; of larger models most blocks are decoded each time, which costs a small part of taking text through them.
    private const long MostKept = 1L << 30;

    private readonly TierSources _sources;
    private readonly Dictionary<ModelSource, DecoderBlocks> _readers = [];
    private readonly DecoderBlock?[,] _kept;
    private readonly int _context;
    private readonly QuantizationRun _run;
    private long _weights;

    /// <summary>Prepares to read.</summary>
    /// <param name="sources">Where blocks are read; must outlive this.</param>
    /// <param name="context">Tokens of the longest window.</param>
    /// <param name="engine">What computes; must outlive this.</param>
    /// <param name="run">Workers and cancellation.</param>
    public TieredBlocks(TierSources sources, int context, BlockEngine engine, QuantizationRun run)
    {
        (_sources, _context, Engine, _run) = (sources, context, engine, run);
        Original = ReaderOf(sources.Model);
        _kept = new DecoderBlock?[Original.Config.Layers, sources.Count + 1];
        Head = Original.ReadHead();
        DecodedWeights.Serve([Head], sources.Model, int.MaxValue, run);
    }

    /// <summary>The model's path, for messages.</summary>
    public string Path => _sources.Model.Path;

    /// <summary>What computes.</summary>
    public BlockEngine Engine { get; }

    /// <summary>The model as it is: its embedding and its last norm serve all tiers.</summary>
    public DecoderBlocks Original { get; }

    /// <summary>Its head.</summary>
    public BlockLinear Head { get; }

    /// <summary>Lends a block.</summary>
    /// <param name="block">From 0.</param>
    /// <param name="tier">The tier's index, or <see cref="BlockTiers.Original"/>.</param>
    /// <param name="use">Uses the block, which is not to be changed or kept.</param>
    public void With(int block, int tier, Action<DecoderBlock> use)
    {
        // The block as the model has it stands before those of tiers.
        ref DecoderBlock? kept = ref _kept[block, tier - BlockTiers.Original];
        if (kept is { } known)
        {
            use(known);
            return;
        }

        DecoderBlock read = Read(block, tier);
        long weights = read.Linears.Sum(static linear => linear.Weight.LongLength);
        if (_weights + weights <= MostKept)
        {
            _weights += weights;
            kept = read;
            use(read);
            return;
        }

        using (read) use(read);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DecoderBlock? block in _kept) block?.Dispose();
        foreach (DecoderBlocks reader in _readers.Values) reader.Dispose();
        Head.Dispose();
    }

    private DecoderBlock Read(int block, int tier)
    {
        ModelSource source = _sources.SourceOf(tier);
        DecoderBlock read = ReaderOf(source).Read(block);
        DecodedWeights.Serve(read.Linears, source, _sources.LevelOf(tier), _run);
        return read;
    }

    private DecoderBlocks ReaderOf(ModelSource source)
    {
        if (!_readers.TryGetValue(source, out DecoderBlocks? reader)) _readers.Add(source, reader = new DecoderBlocks(source, _context, Engine));
        return reader;
    }
}
