using System.Collections.Immutable;
using System.Security.Cryptography;
using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Quantization.Models.Journal;

/// <summary>
/// What a calibrated run has finished, in a folder beside its output: one small checkpoint a layer, written whole or not at all, with its SHA-256 in a file
/// beside it. Killed at any moment, a run has lost what it was working on, and goes on from the folder to the same bytes. The folder goes when the output is there.
/// </summary>
internal sealed class QuantizationJournal : IDisposable
{
    private const string RunName = "run.txt";
    private const string LockName = "lock";
    private const string UnitExtension = ".safetensors";
    private const string HashExtension = ".sha256";

    private readonly string _folder;
    private readonly ModelTexts _texts;
    private readonly FormatRegistry _registry;
    private readonly Action<string>? _warn;
    private readonly FileStream _lock;
    private readonly Dictionary<string, CheckpointReader> _units = new(StringComparer.Ordinal);
    private bool _isWorthKeeping;

    private QuantizationJournal(string folder, ModelTexts texts, FormatRegistry registry, Action<string>? warn, FileStream exclusive) =>
        (_folder, _texts, _registry, _warn, _lock) = (folder, texts, registry, warn, exclusive);

    /// <summary>The folder, in which temporary files are deleted with it.</summary>
    public string Folder => _folder;

    /// <summary>What is finished, by name.</summary>
    public IReadOnlyDictionary<string, CheckpointReader> Units => _units;

    /// <summary>Begins a journal, or goes on with one.</summary>
    /// <param name="output">The checkpoint in the making.</param>
    /// <param name="texts">The model's texts.</param>
    /// <param name="registry">The formats of the run.</param>
    /// <param name="identity">What the result depends on.</param>
    /// <param name="options">Whether to go on with a journal that is there, and what to do on the way.</param>
    /// <exception cref="ModelFileException">There is a journal and none was to be gone on with, or it is of another run, in use, or no journal, or cannot be written.</exception>
    public static QuantizationJournal Open(string output, ModelTexts texts, FormatRegistry registry, RunIdentity identity, JournalOptions options)
    {
        string folder = PartialOutput.FolderOf(output);
        try
        {
            bool isThere = Directory.Exists(folder);
            if (isThere && !options.Resume)
                throw new ModelFileException(folder, "is what an unfinished run left: --resume goes on with it, or delete it to begin anew");
            if (!isThere) Directory.CreateDirectory(folder);
            var journal = new QuantizationJournal(
                folder, new ModelTexts(texts.Config, GenerationConfig: texts.GenerationConfig), registry, options.Warning, Lock(folder));
            try
            {
                journal.Begin(identity, options);
                return journal;
            }
            catch
            {
                journal._isWorthKeeping |= isThere;
                journal.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException(folder, $"cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Starts to write a unit.</summary>
    /// <param name="unit">Its name.</param>
    /// <exception cref="ModelFileException">The folder cannot be written to.</exception>
    public CheckpointWriter Begin(string unit) => new(PathOf(unit), _texts, _folder);

    /// <summary>Ends a unit: it is finished from here on.</summary>
    /// <param name="unit">Its name.</param>
    /// <param name="writer">What <see cref="Begin(string)"/> gave.</param>
    /// <returns>The unit, open until the journal is disposed of.</returns>
    /// <exception cref="ModelFileException">The disk is full or fails.</exception>
    public CheckpointReader Finish(string unit, CheckpointWriter writer)
    {
        string path = PathOf(unit);
        writer.Complete();
        try
        {
            WriteWhole(HashPathOf(unit), $"{HashOf(path)}  {unit}{UnitExtension}\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException(path, $"cannot be written: {e.Message}", e);
        }

        _isWorthKeeping = true;
        return _units[unit] = CheckpointReader.Open(path, _registry);
    }

    /// <summary>A finished unit.</summary>
    /// <param name="unit">Its name.</param>
    /// <returns>The unit, open until the journal is disposed of; null where it is not finished, or was damaged since, which is said.</returns>
    public CheckpointReader? Find(string unit)
    {
        if (_units.TryGetValue(unit, out CheckpointReader? known)) return known;
        string path = PathOf(unit);
        if (!File.Exists(path) || !File.Exists(HashPathOf(unit))) return null;
        if (File.ReadAllText(HashPathOf(unit)) != $"{HashOf(path)}  {unit}{UnitExtension}\n")
        {
            _warn?.Invoke($"{path} is damaged: what it held is done again");
            return null;
        }

        return _units[unit] = CheckpointReader.Open(path, _registry);
    }

    /// <summary>The names of units that were finished when this was opened or since, in ordinal order; some may be damaged.</summary>
    public IEnumerable<string> Names => Directory.GetFiles(_folder, "*" + HashExtension).Select(static path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal);

    /// <summary>Deletes a unit that another one stands for.</summary>
    /// <param name="unit">Its name.</param>
    public void Delete(string unit)
    {
        if (_units.Remove(unit, out CheckpointReader? reader)) reader.Dispose();
        File.Delete(HashPathOf(unit));
        File.Delete(PathOf(unit));
    }

    /// <summary>Says that the output is there, so that nobody needs the folder any more.</summary>
    public void Complete() => _isWorthKeeping = false;

    /// <summary>Closes the journal, and deletes it where the output is there or nothing was finished.</summary>
    public void Dispose()
    {
        foreach (CheckpointReader unit in _units.Values) unit.Dispose();
        _units.Clear();
        if (!_isWorthKeeping) Directory.Delete(_folder, recursive: true);
        _lock.Dispose();
    }

    private void Begin(RunIdentity identity, JournalOptions options)
    {
        string run = Path.Combine(_folder, RunName);
        if (File.Exists(run))
        {
            if (identity.Difference(Read(run)) is { } difference) throw new ModelFileException(_folder, $"{difference}; delete it to begin anew");
            _isWorthKeeping = true;

            // What a killed process was writing.
            foreach (string temporary in Directory.GetFiles(_folder, ".*")) File.Delete(temporary);
            return;
        }

        // A process that was killed in its first moments had not come to the file that says what the run is.
        if (Directory.GetFiles(_folder).Select(static path => Path.GetFileName(path)).Any(static name => name is not (LockName or PartialOutput.TextName) && name[0] != '.'))
            throw new ModelFileException(_folder, $"is no journal: it has no {RunName}; delete it to begin anew");
        if (!options.DrawnText.IsDefault)
        {
            PartialOutput.WriteText(_folder, options.DrawnText);
            _isWorthKeeping = true;
        }

        WriteWhole(run, string.Concat(identity.Entries.Select(static entry => $"{entry.Name}\t{entry.Value}\n")));
    }

    private static FileStream Lock(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (IOException e) when (e is not DirectoryNotFoundException)
        {
            throw new ModelFileException(folder, "is in use by another process", e);
        }
    }

    private static RunIdentity Read(string path) =>
        new([.. File.ReadLines(path).Select(static line => line.Split('\t')).Where(static parts => parts.Length == 2).Select(static parts => (parts[0], parts[1]))]);

    private string PathOf(string unit) => Path.Combine(_folder, unit + UnitExtension);

    private string HashPathOf(string unit) => Path.Combine(_folder, unit + HashExtension);

    private static string HashOf(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    // The name is there with all of the content or not at all, whenever the process ends.
    private static void WriteWhole(string path, string text)
    {
        string temporary = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.tmp");
        using (FileStream stream = File.Create(temporary))
        {
            stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}

/// <summary>How a journal is opened.</summary>
/// <param name="Resume">Whether to go on with one that is there; otherwise that is an error.</param>
/// <param name="Warning">Hears of damage; null for nobody.</param>
/// <param name="DrawnText">Text that the model wrote, which is kept; default where it came from a file.</param>
internal sealed record JournalOptions(bool Resume, Action<string>? Warning, ImmutableArray<ImmutableArray<int>> DrawnText);
