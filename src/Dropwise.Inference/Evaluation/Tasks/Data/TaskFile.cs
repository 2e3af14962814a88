using System.Text;
using System.Text.Json;
using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.BZip2;

namespace Dropwise.Inference.Tasks;

/// <summary>A text file of a task, read whole; packed by bzip2 where its name says so.</summary>
internal sealed class TaskFile
{
    private const string PackedEnding = ".bz2";

    // bzip2 can pack gigabytes into a few bytes; the largest file of these tasks, HellaSwag's, has 9 MB.
    private const int MostUnpackedBytes = 256 << 20;

    private readonly string _path;

    private TaskFile(string path, byte[] bytes)
    {
        _path = path;
        Bytes = bytes;
    }

    /// <summary>The unpacked text in UTF-8.</summary>
    public byte[] Bytes { get; }

    /// <summary>The text.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EvaluationDataException">It cannot be read or unpacked.</exception>
    public static TaskFile Read(string path)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            return new TaskFile(path, path.EndsWith(PackedEnding, StringComparison.Ordinal) ? Unpack(path, bytes) : bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SharpZipBaseException or IndexOutOfRangeException)
        {
            // A damaged packed file shows in the unpacker as any of these.
            throw new EvaluationDataException(path, null, $"cannot be read: {e.Message}");
        }
    }

    /// <summary>The lines with their numbers, from 1, without the empty one after the last line end.</summary>
    public IEnumerable<(int Number, string Text)> Lines()
    {
        using var reader = new StringReader(Text);
        int number = 0;
        while (reader.ReadLine() is { } line) yield return (++number, line);
    }

    /// <summary>A text of a JSON object on a line.</summary>
    /// <param name="line">Its number.</param>
    /// <param name="json">The line.</param>
    /// <param name="names">The members to read.</param>
    /// <returns>Their values, in that order.</returns>
    /// <exception cref="EvaluationDataException">The line is no such object.</exception>
    public string[] Members(int line, string json, params string[] names)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return [.. names.Select(name => Member(line, document.RootElement, name))];
        }
        catch (JsonException)
        {
            throw Broken(line, "is not JSON");
        }
    }

    /// <summary>A text of a JSON object.</summary>
    /// <param name="line">The line it starts on.</param>
    /// <param name="element">The object.</param>
    /// <param name="name">The member.</param>
    /// <exception cref="EvaluationDataException">It has no such text.</exception>
    public string Member(int line, JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw Broken(line, $"has no text '{name}'");

    /// <summary>A failure that names the file and a line.</summary>
    /// <param name="line">From 1; null for the file as a whole.</param>
    /// <param name="problem">What is wrong, in words.</param>
    public EvaluationDataException Broken(int? line, string problem) => new(_path, line, problem);

    private static byte[] Unpack(string path, byte[] packed)
    {
        using var unpacked = new MemoryStream();
        using var stream = new BZip2InputStream(new MemoryStream(packed));
        byte[] buffer = new byte[1 << 16];
        while (stream.Read(buffer, 0, buffer.Length) is > 0 and int read)
        {
            if (unpacked.Length + read > MostUnpackedBytes) throw new EvaluationDataException(path, null, $"unpacks to more than {MostUnpackedBytes} bytes");
            unpacked.Write(buffer, 0, read);
        }

        return unpacked.ToArray();
    }
}
