using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>
/// Writes a Dropwise checkpoint. Tensors may be added in any order and from several threads: streams wait in a temporary file beside
/// the output, and <see cref="Complete"/> arranges them by level and by name, so that the file does not depend on who finished first.
/// Free disk space of twice the checkpoint is needed. After a failure or a cancellation the final name is as it was.
/// </summary>
public sealed class CheckpointWriter : IDisposable
{
    private readonly string _path;
    private readonly string? _folder;
    private readonly ModelTexts _texts;
    private readonly SpoolFile _spool;
    private readonly List<TensorContent> _tensors = [];
    private readonly List<PendingMatrix> _matrices = [];
    private readonly SortedDictionary<string, MatrixErrors> _errors = new(StringComparer.Ordinal);
    private readonly Lock _adding = new();

    /// <summary>Starts a checkpoint. A place that cannot be written to is noticed here, before the work is done.</summary>
    /// <param name="path">The checkpoint; one that exists is replaced.</param>
    /// <param name="texts">The texts that go into it.</param>
    /// <param name="folder">The folder of temporary files, on the file system of the checkpoint; null for the checkpoint's.</param>
    /// <exception cref="ModelFileException">The place cannot be written to.</exception>
    public CheckpointWriter(string path, ModelTexts texts, string? folder = null)
    {
        _path = path;
        _folder = folder;
        _texts = texts;
        _spool = new SpoolFile(path, folder);
    }

    /// <summary>Adds a tensor that stays as it is.</summary>
    /// <param name="tensor">The tensor, copied from its mapping by <see cref="Complete"/>.</param>
    public void Add(TensorView tensor) => Add(TensorContent.Of(tensor));

    /// <summary>Adds a tensor that is not quantized.</summary>
    /// <param name="tensor">The tensor, written by <see cref="Complete"/>.</param>
    public void Add(TensorContent tensor)
    {
        lock (_adding) _tensors.Add(tensor);
    }

    /// <summary>Adds a quantized matrix, which is packed into the kernel layout here and may be dropped afterwards.</summary>
    /// <param name="name">The weight's name.</param>
    /// <param name="row">The format.</param>
    /// <param name="matrix">Codes and scales; codebooks and rotation that several matrices share are one instance.</param>
    /// <exception cref="ModelFileException">The disk is full or fails.</exception>
    public void Add(string name, FormatRow row, CanonicalMatrix matrix)
    {
        using var packed = StreamMemory.Of(row, matrix);
        Add(name, row, matrix.Rows, matrix.Columns, packed.Addresses.AsSpan(), matrix.Codebooks, matrix.Transform, matrix.Outliers.Length);
    }

    /// <summary>Adds a matrix that is already in the kernel layout.</summary>
    /// <param name="name">The weight's name.</param>
    /// <param name="row">The format.</param>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    /// <param name="streams">The address of each stream, in the order of <see cref="FormatRow.Streams"/>; read before this returns.</param>
    /// <param name="codebooks">The codebooks of an additive format; otherwise null.</param>
    /// <param name="transform">The rotation that the codes are behind, or null.</param>
    /// <param name="outliers">Weights in high precision.</param>
    /// <exception cref="ArgumentException">The format needs codebooks or a rotation that are not given, or of another shape, or the number of streams is wrong.</exception>
    /// <exception cref="ModelFileException">The disk is full or fails.</exception>
    public void Add(
        string name, FormatRow row, int rows, int columns, ReadOnlySpan<nint> streams, CodebookSet? codebooks, InputTransform? transform, long outliers = 0)
    {
        FormatDescriptor format = row.Descriptor;
        RequireParts(name, format, columns, codebooks, transform);
        ImmutableArray<StreamSpec> specs = row.Streams(rows, columns, outliers);
        if (streams.Length != specs.Length)
            throw new ArgumentException($"{streams.Length} streams for '{name}', but {format.Name} has {specs.Length}", nameof(streams));
        var offsets = ImmutableArray.CreateBuilder<long>(specs.Length);
        for (int i = 0; i < specs.Length; i++) offsets.Add(_spool.Append(streams[i], specs[i].ByteLength));
        lock (_adding) _matrices.Add(new PendingMatrix(name, format, rows, columns, specs, offsets.MoveToImmutable(), codebooks, transform));
    }

    /// <summary>Records how far a matrix is from its weights.</summary>
    /// <param name="name">The weight's name.</param>
    /// <param name="errors">Its errors.</param>
    public void Add(string name, MatrixErrors errors)
    {
        lock (_adding) _errors.Add(name, errors);
    }

    /// <summary>Writes the checkpoint.</summary>
    /// <param name="cancellation">Ends the writing.</param>
    /// <returns>The byte of the file where each level ends.</returns>
    /// <exception cref="ModelFileException">The file cannot be written, for example because the disk is full.</exception>
    /// <exception cref="ArgumentException">Two tensors have one name, a codeword does not fit its type, or a set of shared codebooks is not one instance.</exception>
    /// <exception cref="OperationCanceledException">The writing was cancelled.</exception>
    public ImmutableArray<long> Complete(CancellationToken cancellation = default)
    {
        CheckpointPlan plan;
        lock (_adding) plan = CheckpointPlan.Create(_texts, _tensors, _matrices, _errors, _spool);
        SafetensorsWriter.Write(_path, plan.Tensors, plan.Metadata, cancellation, _folder);
        return plan.LevelEnds;
    }

    /// <summary>Deletes the temporary file.</summary>
    public void Dispose() => _spool.Dispose();

    private static void RequireParts(string name, FormatDescriptor format, int columns, CodebookSet? codebooks, InputTransform? transform)
    {
        (int Count, int Codewords, int Dimension)? needed = format.Kind == CodeKind.Additive ? (format.CodebookCount, format.CodeCount, format.Dimension) : null;
        (int, int, int)? given = codebooks is null ? null : (codebooks.Count, codebooks.Codewords, codebooks.Dimension);
        if (needed != given)
            throw new ArgumentException($"'{name}': {format.Name} takes codebooks {needed?.ToString() ?? "none"}, not {given?.ToString() ?? "none"} (count, codewords, dimension)", nameof(codebooks));
        int? inputs = format.Rotation == Rotation.None ? null : columns;
        if (inputs != transform?.Columns)
            throw new ArgumentException($"'{name}': {format.Name} takes a rotation of {inputs?.ToString() ?? "no"} inputs, not of {transform?.Columns.ToString() ?? "none"}", nameof(transform));
    }
}
