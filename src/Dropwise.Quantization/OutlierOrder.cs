namespace Dropwise.Quantization;

/// <summary>Outliers that pieces of rows have found, in the order in which matrices keep them.</summary>
internal static class OutlierOrder
{
    /// <summary>Puts outliers together, by row and then by column.</summary>
    /// <param name="pieces">The outliers of each piece.</param>
    public static Outlier[] Of(List<Outlier>[] pieces)
    {
        var outliers = new Outlier[pieces.Sum(static piece => piece.Count)];
        int next = 0;
        foreach (List<Outlier> piece in pieces)
        {
            piece.CopyTo(outliers, next);
            next += piece.Count;
        }

        Array.Sort(outliers, static (a, b) => a.Row == b.Row ? a.Column.CompareTo(b.Column) : a.Row.CompareTo(b.Row));
        return outliers;
    }
}
