using System.Collections.Immutable;
using Dropwise.Generators.Emit.CSharp;
using Dropwise.Generators.Emit.Text;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Emit.Registry;

/// <summary>The assembly's table of formats: the one list that dispatch, tests, bench and the command line enumerate.</summary>
internal static class FormatTable
{
    /// <summary>The project's root namespace, which the SDK hands to generators.</summary>
    /// <param name="options">The options of the whole compilation.</param>
    /// <returns>Null where the build does not say it.</returns>
    public static string? RootNamespaceOf(AnalyzerConfigOptions options) =>
        options.TryGetValue("build_property.RootNamespace", out string? name) && name.Length != 0 ? name : null;

    /// <summary>Writes <c>FormatTable</c>.</summary>
    /// <param name="formats">The formats in ordinal order of their names.</param>
    /// <param name="rootNamespace">The namespace to put it in; null for the one that all formats have in common.</param>
    /// <returns>Null for an assembly without formats, which needs no table.</returns>
    public static GeneratedFile? Emit(ImmutableArray<FormatName> formats, string? rootNamespace)
    {
        if (formats.IsEmpty) return null;
        var writer = new SourceWriter();
        SourceHeader.Write(writer, rootNamespace ?? CommonNamespace(formats));
        writer.Line("/// <summary>The formats that this assembly declares, without reflection.</summary>");
        using (writer.Block("public static class FormatTable"))
        {
            writer.Line("/// <summary>The formats in ordinal order of their names.</summary>");
            writer.Line("public static ImmutableArray<FormatRow> Rows { get; } =");
            writer.Line("[");
            foreach (FormatName format in formats) writer.Line($"    {format}.Row,");
            writer.Line("];");
        }

        return new GeneratedFile("FormatTable.g.cs", writer.ToString(), GeneratedFile.RegistryEngine);
    }

    private static string CommonNamespace(ImmutableArray<FormatName> formats)
    {
        string[] common = formats[0].Namespace.Split('.');
        foreach (FormatName format in formats)
            common = [.. common.Zip(format.Namespace.Split('.'), static (a, b) => (a, b)).TakeWhile(static p => p.a == p.b).Select(static p => p.a)];
        return string.Join(".", common);
    }
}
