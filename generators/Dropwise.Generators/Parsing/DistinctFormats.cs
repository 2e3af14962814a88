using System.Collections.Immutable;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Parsing;

/// <summary>Drops the formats whose name another format of the assembly has too; the analyzer reports them.</summary>
internal static class DistinctFormats
{
    /// <summary>The formats whose name is theirs alone, in ordinal order of the names.</summary>
    /// <param name="specs">All formats of the assembly.</param>
    public static IEnumerable<FormatSpec> Of(ImmutableArray<FormatSpec> specs) =>
        specs.GroupBy(static s => s.Name, StringComparer.Ordinal)
            .Where(static g => g.Count() == 1)
            .Select(static g => g.Single())
            .OrderBy(static s => s.Name, StringComparer.Ordinal);
}
