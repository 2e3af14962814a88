using System.Collections.Frozen;
using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>
/// A Dropwise checkpoint, read in place. A file that was cut runs at the levels that are whole; upper levels are never paged in
/// unless they are used.
/// </summary>
public sealed class CheckpointReader : ModelSource
{
    private readonly SafetensorsFile _file;

    private CheckpointReader(SafetensorsFile file, CheckpointMetadata metadata, int presentLevels, TensorSet tensors, FrozenDictionary<string, CheckpointMatrix> matrices)
        : base(file.File.FilePath, metadata.Texts, tensors, matrices)
    {
        _file = file;
        LevelEnds = [.. metadata.LevelEnds];
        Errors = metadata.Errors;
        PresentLevels = presentLevels;
    }

    /// <summary>The byte of the file where each level ends: the file cut there is the checkpoint of that level.</summary>
    public ImmutableArray<long> LevelEnds { get; }

    /// <summary>How far matrices are from their weights, by name, as the quantizer recorded it; empty where it did not.</summary>
    public IReadOnlyDictionary<string, MatrixErrors> Errors { get; }

    /// <summary>Levels that the whole checkpoint has.</summary>
    public int Levels => LevelEnds.Length;

    /// <summary>Levels that are whole in this file, at least 1; those above, up to <see cref="Levels"/>, are missing.</summary>
    public int PresentLevels { get; }

    /// <summary>All tensors in the order of their data, those of missing levels included.</summary>
    public IEnumerable<CheckpointTensor> Contents
    {
        get
        {
            int level = 1;
            foreach (TensorInfo info in _file.Tensors)
            {
                while (info.End > LevelEnds[level - 1]) level++;
                yield return new CheckpointTensor(info, level, level <= PresentLevels);
            }
        }
    }

    /// <summary>Opens a checkpoint.</summary>
    /// <param name="path">The file.</param>
    /// <param name="registry">The formats that this program knows.</param>
    /// <exception cref="ModelFileException">The file is not a valid checkpoint, or is cut inside level 1.</exception>
    public static CheckpointReader Open(string path, FormatRegistry registry) => Open(SafetensorsFile.Open(path, allowCut: true), registry);

    /// <summary>Whether a file is a checkpoint, whatever its version.</summary>
    /// <param name="file">The file.</param>
    internal static bool IsCheckpoint(SafetensorsFile file) => file.Metadata.ContainsKey(CheckpointNames.VersionKey);

    /// <summary>Reads a checkpoint that is already mapped, and disposes of it after a failure.</summary>
    /// <param name="file">The file.</param>
    /// <param name="registry">The formats that this program knows.</param>
    /// <exception cref="ModelFileException">The file is not a valid checkpoint, or is cut inside level 1.</exception>
    internal static CheckpointReader Open(SafetensorsFile file, FormatRegistry registry)
    {
        try
        {
            CheckpointMetadata metadata = CheckpointMetadata.Read(file);
            int present = metadata.LevelEnds.Count(end => end <= file.File.Length);
            if (present == 0)
                throw new ModelFileException(file.File.FilePath, $"the file is cut inside level 1: it has {file.File.Length} bytes, level 1 ends at byte {metadata.LevelEnds[0]}");
            var loader = new CheckpointMatrixLoader(file, metadata, present, registry);
            var matrices = metadata.Matrices.ToFrozenDictionary(static pair => pair.Key, pair => loader.Load(pair.Key, pair.Value), StringComparer.Ordinal);
            IEnumerable<TensorInfo> others = file.Tensors.Where(info => !loader.IsPart(info.Name) && !CheckpointNames.IsPadding(info.Name));
            var tensors = new TensorSet(file.File.FilePath, others.Select(info => new TensorView(file.File, info)));
            return new CheckpointReader(file, metadata, present, tensors, matrices);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The canonical codes and scales of a matrix.</summary>
    /// <param name="name">The weight's name.</param>
    /// <exception cref="ModelFileException">The checkpoint has no such matrix.</exception>
    public CanonicalMatrix ReadCanonical(string name) => Matrices.TryGetValue(name, out CheckpointMatrix? matrix)
        ? matrix.ToCanonical()
        : throw new ModelFileException(Path, name, "is not a quantized matrix of this checkpoint");

    /// <inheritdoc/>
    public override void Dispose() => _file.Dispose();
}
