using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Models;

namespace Dropwise.Quantization.Planning.Sensitivity;

/// <summary>
/// Where the blocks of a model are read as each tier makes them: levels from the nested file itself, formats from temporary files, which hold the whole model quantized to each as
/// <c>quantize</c> does it without text.
/// </summary>
internal sealed class TierSources : IDisposable
{
    private readonly DirectoryInfo? _folder;
    private readonly List<ModelSource> _files = [];
    private readonly ModelSource[] _sources;
    private readonly int[] _levels;

    /// <summary>Makes the files.</summary>
    /// <param name="model">The model, which must outlive this.</param>
    /// <param name="tiers">What its blocks may become.</param>
    /// <param name="options">The seed, which decides codebooks and rotations as <c>quantize --seed</c> does, and where files go.</param>
    /// <param name="run">Workers, cancellation, progress.</param>
    /// <exception cref="QuantizationException">A weight does not fit a format.</exception>
    /// <exception cref="ModelFileException">A weight is missing or of the wrong shape or type, or there is no room for the files.</exception>
    public TierSources(ModelSource model, BlockTiers tiers, PlanMeasurementOptions options, QuantizationRun run)
    {
        Model = model;
        _sources = new ModelSource[tiers.Tiers.Length];
        _levels = new int[_sources.Length];
        if (tiers.Tiers.Any(static tier => tier.Format is not null)) _folder = options.NewFolder();
        try
        {
            for (int tier = 0; tier < _sources.Length; tier++)
            {
                _sources[tier] = tiers.Tiers[tier].Format is { } format ? Quantize(format, options.Seed, run) : model;
                _levels[tier] = tiers.Tiers[tier].Level ?? int.MaxValue;
                run.Report((tier + 1.0) / _sources.Length);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The model as it is.</summary>
    public ModelSource Model { get; }

    /// <summary>Tiers.</summary>
    public int Count => _sources.Length;

    /// <summary>Where blocks of a tier are read.</summary>
    /// <param name="tier">The tier's index, or <see cref="BlockTiers.Original"/>.</param>
    public ModelSource SourceOf(int tier) => tier == BlockTiers.Original ? Model : _sources[tier];

    /// <summary>The level that they are read at; matrices with fewer are read whole.</summary>
    /// <param name="tier">The tier's index, or <see cref="BlockTiers.Original"/>.</param>
    public int LevelOf(int tier) => tier == BlockTiers.Original ? int.MaxValue : _levels[tier];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ModelSource file in _files) file.Dispose();
        _folder?.Delete(recursive: true);
    }

    private CheckpointReader Quantize(FormatRow format, int seed, QuantizationRun run)
    {
        string path = Path.Combine(_folder!.FullName, $"{format.Descriptor.Name}.safetensors");
        ModelQuantizer.Quantize(
            Model, path, new ModelQuantizationOptions { Format = format, Additive = new AdditiveOptions { Seed = seed }, Workers = run.Workers }, null, run.Cancellation);
        ImmutableArray<FormatRow> rows = [format, .. Model.Matrices.Values.Select(static matrix => matrix.Row).Distinct().Where(row => row != format)];
        CheckpointReader file = CheckpointReader.Open(path, new FormatRegistry(rows));
        _files.Add(file);
        return file;
    }
}
