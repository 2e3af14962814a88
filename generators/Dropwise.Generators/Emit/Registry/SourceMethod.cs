using Dropwise.Generators.Emit.CSharp;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.Registry;

/// <summary>Writes the method that returns the generated text of an engine, so that people and snapshots can read what runs.</summary>
internal static class SourceMethod
{
    /// <summary>Writes <c>SourceOf</c>.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="files">The files of the format.</param>
    public static void Write(SourceWriter writer, EquatableArray<GeneratedFile> files)
    {
        writer.Line("// The text is UTF-8 in the image's data: it costs no start-up time until somebody asks for it.");
        using (writer.Block("private static string SourceOf(string engine) => engine switch", "};"))
        {
            foreach (GeneratedFile file in files)
                writer.Line($"{Literals.Of(file.Engine)} => global::System.Text.Encoding.UTF8.GetString(Source_{file.Engine}),");
            string engines = string.Join(", ", files.Select(static f => f.Engine));
            writer.Line($"_ => throw new ArgumentException($\"no source for engine '{{engine}}'; there is {engines}\", nameof(engine)),");
        }

        foreach (GeneratedFile file in files)
        {
            string quotes = RawQuotes(file.Text);
            writer.Line();
            writer.Line($"private static ReadOnlySpan<byte> Source_{file.Engine} =>");
            writer.Verbatim($"{quotes}\n{file.Text}{quotes}u8;\n");
        }
    }

    // A raw string's quotes must outnumber any run of quotes inside it.
    private static string RawQuotes(string text)
    {
        int longest = 0;
        int run = 0;
        foreach (char c in text)
        {
            run = c == '"' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return new string('"', Math.Max(3, longest + 1));
    }
}
