using System.Collections.Immutable;

namespace Dropwise.ModelFiles;

/// <summary>One tensor to write: what the header says, and a callback that produces the data when their turn comes.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The dimensions, row-major.</param>
/// <param name="Write">Writes exactly <see cref="ByteLength"/> bytes to the sink.</param>
public sealed record TensorContent(string Name, TensorType Type, ImmutableArray<long> Shape, Action<TensorSink> Write)
{
    /// <summary>Bytes of the data.</summary>
    public long ByteLength { get; } = TensorInfo.BytesOf(Type, Shape.AsSpan()) is >= 0 and long bytes
        ? bytes
        : throw new ArgumentException($"tensor '{Name}' has the impossible shape {TensorInfo.Spell(Shape.AsSpan())}", nameof(Shape));

    /// <summary>A tensor that is copied from the mapping it lies in.</summary>
    /// <param name="view">The tensor; its mapping lives until the file is written.</param>
    public static TensorContent Of(TensorView view) => new(view.Name, view.Type, view.Shape, sink => sink.Write(view.File, view.Address, view.ByteLength));
}
