using System.Globalization;
using System.Text.RegularExpressions;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>A model in one GGUF file, or in parts named <c>…-00001-of-0000N.gguf</c> of which the first has the metadata.</summary>
internal static partial class GgufParts
{
    private const string CountKey = "split.count";
    private const string NumberKey = "split.no";

    // Numbers of five digits have no more.
    private const int MostParts = 99999;

    /// <summary>Opens all parts of a model.</summary>
    /// <param name="path">The file, or any of its parts.</param>
    /// <param name="registry">The formats that this program knows.</param>
    /// <param name="files">Receives the parts as they are opened, the first first, so that the caller can close them also after a failure.</param>
    /// <exception cref="ModelFileException">A part is missing or broken, or belongs to another model.</exception>
    public static void Open(string path, FormatRegistry registry, List<GgufFile> files)
    {
        Match name = PartName().Match(Path.GetFileName(path));
        string PartPath(int number) => Path.Combine(
            Path.GetDirectoryName(path) ?? "",
            string.Create(CultureInfo.InvariantCulture, $"{name.Groups["stem"].Value}-{number:D5}-of-{name.Groups["count"].Value}.gguf"));
        GgufFile first = GgufFile.Open(name.Success ? PartPath(1) : path, registry);
        files.Add(first);
        long count = first.Metadata.Find(CountKey)?.Integer() ?? 1;
        if (count <= 1) return;
        if (!name.Success || count > MostParts || count != int.Parse(name.Groups["count"].ValueSpan, CultureInfo.InvariantCulture))
            throw new ModelFileException(first.File.FilePath, $"key '{CountKey}' is {count}, but the file's name does not say so: …-00001-of-{count:D5}.gguf");
        for (int number = 2; number <= count; number++)
        {
            GgufFile part = GgufFile.Open(PartPath(number), registry);
            files.Add(part);
            if (part.Metadata.Find(NumberKey)?.Integer() != number - 1 || part.Metadata.Find(CountKey)?.Integer() != count)
                throw new ModelFileException(part.File.FilePath, $"is not part {number} of {count}: its keys '{NumberKey}' and '{CountKey}' say other things");
        }
    }

    [GeneratedRegex("^(?<stem>.+)-(?<number>[0-9]{5})-of-(?<count>[0-9]{5})\\.gguf$", RegexOptions.CultureInvariant)]
    private static partial Regex PartName();
}
