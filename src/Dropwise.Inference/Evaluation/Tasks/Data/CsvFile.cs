using System.Text;

namespace Dropwise.Inference.Tasks;

/// <summary>Comma-separated values (RFC 4180): fields in quotes may hold commas, line ends and doubled quotes.</summary>
internal static class CsvFile
{
    /// <summary>Reads all records.</summary>
    /// <param name="file">The file.</param>
    /// <returns>The fields of each record, and the line it starts on.</returns>
    /// <exception cref="EvaluationDataException">A quote is not closed.</exception>
    public static IEnumerable<(int Line, string[] Fields)> Read(TaskFile file)
    {
        string text = file.Text;
        var fields = new List<string>();
        int position = 0, line = 1;
        while (position < text.Length)
        {
            int start = line;
            fields.Clear();
            bool another = true;
            while (another)
            {
                fields.Add(Field(file, text, ref position, ref line));
                another = position < text.Length && text[position] == ',';
                if (another) position++;
            }

            if (position < text.Length && text[position] == '\r') position++;
            if (position < text.Length && text[position] == '\n') position++;
            line++;
            yield return (start, [.. fields]);
        }
    }

    private static string Field(TaskFile file, string text, ref int position, ref int line)
    {
        if (position == text.Length || text[position] != '"')
        {
            int end = text.AsSpan(position).IndexOfAny(",\r\n");
            string plain = end < 0 ? text[position..] : text.Substring(position, end);
            position += plain.Length;
            return plain;
        }

        int opened = line;
        var field = new StringBuilder();
        while (true)
        {
            int start = ++position;
            position = text.IndexOf('"', start);
            if (position < 0) throw file.Broken(opened, "a quote is not closed");
            ReadOnlySpan<char> part = text.AsSpan(start..position);
            field.Append(part);
            line += part.Count('\n');
            position++;
            if (position == text.Length || text[position] != '"') break;

            // Two quotes are one of the text.
            field.Append('"');
        }

        if (position < text.Length && text[position] is not (',' or '\r' or '\n')) throw file.Broken(opened, "text follows a closed quote");
        return field.ToString();
    }
}
