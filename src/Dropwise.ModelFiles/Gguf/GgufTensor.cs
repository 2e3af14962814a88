using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>What a GGUF header says about one tensor; its extent lies inside the file.</summary>
/// <param name="File">The mapping.</param>
/// <param name="Name">The name in the file.</param>
/// <param name="Dense">The element type of a dense tensor, or null.</param>
/// <param name="Format">The format of a quantized tensor, or null.</param>
/// <param name="Shape">The dimensions, row-major: the reverse of GGUF's order.</param>
/// <param name="Offset">The first byte, from the start of the file.</param>
/// <param name="ByteLength">Bytes of the data.</param>
public sealed record GgufTensor(
    MappedFile File, string Name, TensorType? Dense, FormatRow? Format, ImmutableArray<long> Shape, long Offset, long ByteLength)
{
    /// <summary>How the type is called: <c>F32</c>, <c>q4_k</c>.</summary>
    public string TypeName => Format?.Descriptor.Name ?? TensorTypes.NameOf(Dense!.Value);

    /// <summary>One of the matrices, or whatever else, that the tensor is a list of.</summary>
    /// <param name="index">Which, below the first dimension.</param>
    public GgufTensor Element(int index) => this with { Shape = Shape[1..], Offset = Offset + (index * (ByteLength / Shape[0])), ByteLength = ByteLength / Shape[0] };

    /// <summary>A view of a dense tensor.</summary>
    /// <param name="name">The name it goes by.</param>
    /// <exception cref="InvalidOperationException">The tensor is quantized.</exception>
    public TensorView ToView(string name) => Dense is { } type
        ? new TensorView(File, new TensorInfo(name, type, Shape, Offset, ByteLength))
        : throw new InvalidOperationException($"{Name} is quantized");

    /// <summary>A quantized tensor of two dimensions as a matrix.</summary>
    /// <param name="name">The name it goes by.</param>
    /// <exception cref="ModelFileException">It has not two dimensions.</exception>
    /// <exception cref="InvalidOperationException">The tensor is dense.</exception>
    public CheckpointMatrix ToMatrix(string name)
    {
        FormatRow row = Format ?? throw new InvalidOperationException($"{Name} is dense");
        if (Shape.Length != 2 || Shape[0] is <= 0 or > int.MaxValue || Shape[1] is <= 0 or > int.MaxValue)
            throw new ModelFileException(File.FilePath, Name, $"has the shape {TensorInfo.Spell(Shape.AsSpan())}; a quantized matrix has two dimensions");
        return new CheckpointMatrix
        {
            Name = name,
            Row = row,
            Rows = (int)Shape[0],
            Columns = (int)Shape[1],
            Levels = 1,
            Outliers = 0,
            Streams = [File.AddressOf(Offset, ByteLength)],
            Codebooks = null,
            Transform = null,
            Owner = File,
        };
    }
}
