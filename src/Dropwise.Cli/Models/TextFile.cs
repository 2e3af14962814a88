using Dropwise.Cli.Hosting;

namespace Dropwise.Cli.Models;

/// <summary>Texts that the user names.</summary>
internal static class TextFile
{
    /// <summary>Reads a whole text.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CommandException">It is missing, a folder, not readable or empty.</exception>
    public static string Read(string path)
    {
        if (Directory.Exists(path)) throw new CommandException($"{path}: is a folder, not a text file");
        if (!File.Exists(path)) throw new CommandException($"{path}: no such file");
        try
        {
            string text = File.ReadAllText(path);
            return text.Length > 0 ? text : throw new CommandException($"{path}: the text is empty");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path}: cannot be read: {e.Message}");
        }
    }
}
