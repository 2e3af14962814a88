using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit;

/// <summary>Opens the partial type that every file of a format adds to.</summary>
internal static class FormatType
{
    /// <summary>Writes the file's header and opens the type; disposing the result closes it.</summary>
    /// <param name="writer">A writer at the start of a file.</param>
    /// <param name="format">The format.</param>
    /// <param name="usings">Namespaces that the file needs beside <c>System</c>, <c>Dropwise</c> and <c>Dropwise.Cpu</c>, in ordinal order.</param>
    /// <param name="remarks">Lines of documentation, or none.</param>
    /// <param name="interfaces">What the type implements in this file, or nothing.</param>
    public static SourceWriter.Scope Open(
        SourceWriter writer,
        FormatSpec format,
        EquatableArray<string> usings = default,
        EquatableArray<string> remarks = default,
        string? interfaces = null)
    {
        SourceHeader.Write(writer, format.Namespace, usings);
        foreach (string line in remarks) writer.Line(line.Length == 0 ? "///" : "/// " + line);
        return writer.Block($"partial struct {format.TypeName}{(interfaces is null ? "" : " : " + interfaces)}");
    }
}
