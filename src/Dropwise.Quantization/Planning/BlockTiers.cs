using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Dropwise.Cpu;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Recipes;

namespace Dropwise.Quantization.Planning;

/// <summary>What the blocks of a model may become, from the most bits to the fewest, and what each would take.</summary>
public sealed class BlockTiers
{
    /// <summary>In the place of a tier's index: the block as the model has it, which need not be one of the tiers.</summary>
    public const int Original = -1;

    private readonly ImmutableArray<ImmutableArray<LinearTensor>> _blocks;
    private readonly long[,] _bits;

    private BlockTiers(ImmutableArray<ImmutableArray<LinearTensor>> blocks, ImmutableArray<BlockTier> tiers, Func<LinearTensor, BlockTier, double> bitsPerWeight)
    {
        _blocks = blocks;
        Tiers = tiers;
        Weights = [.. blocks.Select(static block => block.Sum(static linear => (long)linear.Rows * linear.Columns))];
        _bits = new long[blocks.Length, tiers.Length];
        for (int block = 0; block < blocks.Length; block++)
        {
            for (int tier = 0; tier < tiers.Length; tier++)
                _bits[block, tier] = blocks[block].Sum(linear => (long)Math.Round(bitsPerWeight(linear, tiers[tier]) * linear.Rows * linear.Columns));
        }

        for (int tier = 1; tier < tiers.Length; tier++)
        {
            if (BitsOf(Uniform(tier)) >= BitsOf(Uniform(tier - 1))) throw new QuantizationException($"{tiers[tier].Name} takes no fewer bits than {tiers[tier - 1].Name}");
        }
    }

    /// <summary>The tiers, from the most bits to the fewest.</summary>
    public ImmutableArray<BlockTier> Tiers { get; }

    /// <summary>Weights of the linear layers of each block.</summary>
    public ImmutableArray<long> Weights { get; }

    /// <summary>Blocks of the model.</summary>
    public int Blocks => _blocks.Length;

    /// <summary>The levels of a nested file.</summary>
    /// <param name="model">The file.</param>
    /// <param name="lowest">The lowest level that a block may be served at.</param>
    /// <exception cref="QuantizationException">The file has one level only.</exception>
    public static BlockTiers OfLevels(ModelSource model, int lowest)
    {
        ImmutableArray<ImmutableArray<LinearTensor>> blocks = BlocksOf(model);
        int levels = blocks.SelectMany(static block => block).Max(linear => model.Matrices.TryGetValue(linear.Weight, out CheckpointMatrix? matrix) ? matrix.Levels : 1);
        if (lowest >= levels) throw new QuantizationException($"{model.Path}: has level {levels} at most, so there is nothing to choose from level {lowest} up");
        ImmutableArray<BlockTier> tiers = [.. Enumerable.Range(lowest, levels - lowest + 1).Reverse().Select(static level => new BlockTier(FormattableString.Invariant($"level {level}"), level, null))];
        return new BlockTiers(blocks, tiers, (linear, tier) =>
        {
            if (!model.Matrices.TryGetValue(linear.Weight, out CheckpointMatrix? matrix)) return StoredBits(model, linear);
            FormatDescriptor format = matrix.Row.Descriptor;
            return format.BitsPerWeight(Math.Min(tier.Level!.Value, format.Levels), matrix.Rows, matrix.Columns, matrix.Outliers);
        });
    }

    /// <summary>Formats for a model that is to be quantized.</summary>
    /// <param name="model">The model.</param>
    /// <param name="formats">From the most bits to the fewest; null for weights that stay as they are.</param>
    /// <exception cref="QuantizationException">A format takes no fewer bits than the one before it.</exception>
    public static BlockTiers OfFormats(ModelSource model, IEnumerable<FormatRow?> formats) => new(
        BlocksOf(model),
        [.. formats.Select(static format => new BlockTier(format?.Descriptor.Name ?? TensorRule.Unquantized, null, format))],
        (linear, tier) => tier.Format?.Descriptor.BitsPerWeight(tier.Format.Descriptor.Levels, linear.Rows, linear.Columns) ?? StoredBits(model, linear));

    /// <summary>Whether the tiers are levels of a nested file.</summary>
    public bool AreLevels => Tiers[0].Level is not null;

    /// <summary>The same tier for all blocks.</summary>
    /// <param name="tier">Its index, or <see cref="Original"/>.</param>
    public int[] Uniform(int tier) => [.. Enumerable.Repeat(tier, Blocks)];

    /// <summary>Bits of a block.</summary>
    /// <param name="block">From 0.</param>
    /// <param name="tier">The tier's index.</param>
    public long BitsOf(int block, int tier) => _bits[block, tier];

    /// <summary>Bits of all blocks.</summary>
    /// <param name="plan">The tier of each.</param>
    public long BitsOf(IReadOnlyList<int> plan) => plan.Select((tier, block) => _bits[block, tier]).Sum();

    /// <summary>Bits a weight of all blocks.</summary>
    /// <param name="plan">The tier of each.</param>
    public double BitsPerWeight(IReadOnlyList<int> plan) => BitsOf(plan) / (double)Weights.Sum();

    /// <summary>The recipe that makes blocks what a plan says.</summary>
    /// <param name="plan">The tier of each.</param>
    public RecipeDocument Recipe(IReadOnlyList<int> plan)
    {
        if (AreLevels) return new RecipeDocument(Levels: [.. plan.Select(tier => Tiers[tier].Level!.Value)]);
        var rules = new List<TensorRule>();
        for (int tier = 0; tier < Tiers.Length; tier++)
        {
            string[] prefixes = [.. Enumerable.Range(0, Blocks).Where(block => plan[block] == tier && _blocks[block].Length > 0).Select(PrefixOf)];
            if (prefixes.Length > 0) rules.Add(new TensorRule($"^(?:{string.Join('|', prefixes)})\\.", Tiers[tier].Name));
        }

        return new RecipeDocument(Tensors: rules);
    }

    /// <summary>What the names of a block's weights have before the dot behind its number, as an expression.</summary>
    private string PrefixOf(int block)
    {
        string name = _blocks[block][0].Weight, number = block.ToString(CultureInfo.InvariantCulture);
        return Regex.Escape(name[..(name.IndexOf($".{number}.", StringComparison.Ordinal) + 1 + number.Length)]);
    }

    private static ImmutableArray<ImmutableArray<LinearTensor>> BlocksOf(ModelSource model)
    {
        var tensors = new DecoderTensors(model.Config, model.Tensors);
        return [.. Enumerable.Range(0, model.Config.Layers).Select(block => tensors.Layer(block).Linears.ToImmutableArray())];
    }

    private static double StoredBits(ModelSource model, LinearTensor linear) => model.Matrices.TryGetValue(linear.Weight, out CheckpointMatrix? matrix)
        ? matrix.Row.Descriptor.BitsPerWeight(matrix.Levels, matrix.Rows, matrix.Columns, matrix.Outliers)
        : 8 * TensorTypes.BytesOf(model.Tensors[linear.Weight, linear.Rows, linear.Columns].Type);
}
