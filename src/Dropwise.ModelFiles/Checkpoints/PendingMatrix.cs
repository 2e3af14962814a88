using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>A matrix that waits in the spool for its checkpoint to be written.</summary>
/// <param name="Name">The weight's name.</param>
/// <param name="Format">The format.</param>
/// <param name="Rows">Output rows N.</param>
/// <param name="Columns">Inputs K.</param>
/// <param name="Streams">The streams of the kernel layout.</param>
/// <param name="SpoolOffsets">Where each stream starts in the spool.</param>
/// <param name="Codebooks">The codebooks, or null.</param>
/// <param name="Transform">The rotation, or null.</param>
internal sealed record PendingMatrix(
    string Name,
    FormatDescriptor Format,
    int Rows,
    int Columns,
    ImmutableArray<StreamSpec> Streams,
    ImmutableArray<long> SpoolOffsets,
    CodebookSet? Codebooks,
    InputTransform? Transform);
