using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using Dropwise.Generators.Emit.CSharp;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.Registry;

/// <summary>Writes the method that returns the generated text of an engine, so that people and snapshots can read what runs.</summary>
internal static class SourceMethod
{
    private const int LineBytes = 48;

    /// <summary>Writes <c>SourceOf</c>.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="files">The files of the format.</param>
    public static void Write(SourceWriter writer, EquatableArray<GeneratedFile> files)
    {
        writer.Line("// The texts are packed: together they are a sixth of a published file, and nobody reads them before asking for one.");
        using (writer.Block("private static string SourceOf(string engine) => engine switch", "};"))
        {
            foreach (GeneratedFile file in files)
                writer.Line($"{Literals.Of(file.Engine)} => GeneratedSource.Unpack(Source_{file.Engine}),");
            string engines = string.Join(", ", files.Select(static f => f.Engine));
            writer.Line($"_ => throw new ArgumentException($\"no source for engine '{{engine}}'; there is {engines}\", nameof(engine)),");
        }

        foreach (GeneratedFile file in files)
        {
            writer.Line();
            writer.Line($"private static ReadOnlySpan<byte> Source_{file.Engine} =>");
            writer.Line("[");
            byte[] packed = Pack(file.Text);
            for (int at = 0; at < packed.Length; at += LineBytes)
                writer.Line("    " + string.Join(" ", packed.Skip(at).Take(LineBytes).Select(static value => $"{value.ToString(CultureInfo.InvariantCulture)},")));
            writer.Line("];");
        }
    }

    private static byte[] Pack(string text)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal))
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            deflate.Write(bytes, 0, bytes.Length);
        }

        return packed.ToArray();
    }
}
