using System.Collections.Immutable;

namespace Dropwise.Cpu;

/// <summary>The formats that a program knows: the tables of one or more assemblies, composed without reflection.</summary>
public sealed class FormatRegistry
{
    private readonly Dictionary<string, FormatRow> _byName;

    /// <summary>Composes tables.</summary>
    /// <param name="tables">The generated <c>FormatTable.Rows</c> of each assembly.</param>
    /// <exception cref="ArgumentException">Two formats have one name.</exception>
    public FormatRegistry(params ReadOnlySpan<ImmutableArray<FormatRow>> tables)
    {
        var rows = ImmutableArray.CreateBuilder<FormatRow>();
        foreach (ImmutableArray<FormatRow> table in tables) rows.AddRange(table);
        rows.Sort(static (a, b) => string.CompareOrdinal(a.Descriptor.Name, b.Descriptor.Name));
        _byName = new Dictionary<string, FormatRow>(rows.Count, StringComparer.Ordinal);
        foreach (FormatRow row in rows)
        {
            if (!_byName.TryAdd(row.Descriptor.Name, row))
                throw new ArgumentException($"two registered formats are named '{row.Descriptor.Name}'");
        }

        Rows = rows.ToImmutable();
    }

    /// <summary>All formats in ordinal order of their names.</summary>
    public ImmutableArray<FormatRow> Rows { get; }

    /// <summary>The format of a name.</summary>
    /// <param name="name">As in <see cref="QuantFormatAttribute"/>.</param>
    /// <exception cref="KeyNotFoundException">No format has the name; the message lists those that exist.</exception>
    public FormatRow this[string name] => _byName.TryGetValue(name, out FormatRow? row)
        ? row
        : throw new KeyNotFoundException($"unknown format '{name}'; registered are {string.Join(", ", Rows.Select(r => r.Descriptor.Name))}");
}
