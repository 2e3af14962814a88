namespace Dropwise.Inference.Tasks;

/// <summary>The folder that holds the files of evaluation tasks.</summary>
public sealed class TaskFolder
{
    private readonly string _path;

    /// <summary>Names a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="EvaluationDataException">There is none.</exception>
    public TaskFolder(string path)
    {
        if (!Directory.Exists(path)) throw new EvaluationDataException(path, null, File.Exists(path) ? "is a file, not a folder" : "no such folder");
        _path = path;
    }

    /// <summary>Reads a file.</summary>
    /// <param name="names">Its path in the folder, with forward slashes; the first of these that exists.</param>
    /// <exception cref="EvaluationDataException">There is none, or it cannot be read.</exception>
    internal TaskFile Open(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            string path = Path.Combine(_path, name);
            if (File.Exists(path)) return TaskFile.Read(path);
        }

        throw new EvaluationDataException(Path.Combine(_path, names[0]), null, "no such file");
    }

    /// <summary>The files of a folder that end alike, without that ending, in ordinal order.</summary>
    /// <param name="folder">The folder in this one.</param>
    /// <param name="ending">How their names end.</param>
    /// <exception cref="EvaluationDataException">There is no such folder or no such file.</exception>
    internal string[] Names(string folder, string ending)
    {
        string path = Path.Combine(_path, folder);
        if (!Directory.Exists(path)) throw new EvaluationDataException(path, null, "no such folder");
        string[] names = [.. Directory.EnumerateFiles(path, $"*{ending}").Select(file => Path.GetFileName(file)[..^ending.Length]).Order(StringComparer.Ordinal)];
        return names.Length > 0 ? names : throw new EvaluationDataException(path, null, $"holds no file *{ending}");
    }
}
