using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Registry;

/// <summary>Describes one stream of a layout: its type, its shape, and where a tile begins.</summary>
internal static class StreamDocumentation
{
    /// <summary>One line without markup.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="tileRows">Rows of a whole tile.</param>
    public static string Of(StreamPlan stream, int tileRows)
    {
        string shape = string.Join(", ", stream.Shape.Select(Spell));
        string place = stream.Shape.Any(static extent => extent.Source == ExtentSource.Outliers)
            ? "job after job, the last one left zero"
            : $"tile t begins at byte t · {TileBytes(stream, tileRows)}";
        return $"<c>{stream.Name}</c>, level {stream.Level}: {stream.Type} [{shape}]; {place}";
    }

    // What depends on K is left as a formula; the rest is one number.
    private static string TileBytes(StreamPlan stream, int tileRows)
    {
        int constant = DeclaredSize.BitsOf(stream.Type) / 8;
        string columns = "";
        foreach (Extent extent in stream.Shape)
        {
            constant *= extent.Factor * (extent.Source == ExtentSource.Rows ? tileRows / extent.Unit : 1);
            if (extent.Source == ExtentSource.Columns) columns += $" · {Units("K", extent.Unit)}";
        }

        return constant + columns;
    }

    private static string Spell(Extent extent)
    {
        if (extent.Source == ExtentSource.One) return $"{extent.Factor}";
        if (extent.Source == ExtentSource.Outliers) return "outliers + 1";
        string units = Units(extent.Source == ExtentSource.Rows ? "N" : "K", extent.Unit);
        return extent.Factor == 1 ? units : $"{units} · {extent.Factor}";
    }

    private static string Units(string source, int unit) => unit == 1 ? source : $"⌈{source} / {unit}⌉";
}
