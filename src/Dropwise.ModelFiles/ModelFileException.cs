namespace Dropwise.ModelFiles;

/// <summary>
/// What is wrong with a model file: the only exception that readers and writers of this library throw for a file's content, for its
/// absence and for failed input or output, so that a command can print one line that names the file and the tensor.
/// </summary>
public sealed class ModelFileException : Exception
{
    // A hostile header may name a tensor with megabytes of text.
    private const int LongestMessage = 1000;

    /// <summary>Creates an exception about a whole file.</summary>
    /// <param name="file">The path of the file or folder.</param>
    /// <param name="problem">What is wrong, as the end of a sentence that starts with the path.</param>
    /// <param name="inner">The cause, or null.</param>
    public ModelFileException(string file, string problem, Exception? inner = null)
        : this(file, null, problem, inner)
    {
    }

    /// <summary>Creates an exception about one tensor of a file.</summary>
    /// <param name="file">The path of the file or folder.</param>
    /// <param name="tensor">The tensor's name, or null where the whole file is meant.</param>
    /// <param name="problem">What is wrong, as the end of a sentence that starts with the path and the tensor.</param>
    /// <param name="inner">The cause, or null.</param>
    public ModelFileException(string file, string? tensor, string problem, Exception? inner = null)
        : base(OneLine(tensor is null ? $"{file}: {problem}" : $"{file}: tensor '{tensor}' {problem}"), inner)
    {
        File = file;
        Tensor = tensor;
    }

    /// <summary>The path of the file or folder.</summary>
    public string File { get; }

    /// <summary>The tensor's name, or null where the whole file is meant.</summary>
    public string? Tensor { get; }

    /// <summary>A text as a terminal may show it: names come from the file, and with them what would move the cursor or start a new line.</summary>
    private static string OneLine(string text)
    {
        string cut = text.Length <= LongestMessage ? text : $"{text.AsSpan(0, LongestMessage)}…";
        return string.Create(cut.Length, cut, static (line, source) =>
        {
            for (int i = 0; i < line.Length; i++) line[i] = char.IsControl(source[i]) ? '?' : source[i];
        });
    }
}
