using System.Collections.Immutable;

namespace Dropwise.ModelFiles;

/// <summary>One tensor in place in a mapped file. It keeps the mapping reachable; data are not aligned to more than the file happens to give.</summary>
public sealed class TensorView
{
    private readonly TensorInfo _info;

    /// <summary>Creates a view.</summary>
    /// <param name="file">The mapping.</param>
    /// <param name="info">The tensor, which lies inside the mapping.</param>
    /// <exception cref="ModelFileException">The tensor ends behind the end of the file.</exception>
    public TensorView(MappedFile file, TensorInfo info)
    {
        if (info.End > file.Length)
            throw new ModelFileException(file.FilePath, info.Name, $"ends at byte {info.End}, but the file is cut at byte {file.Length}");
        File = file;
        _info = info;
    }

    /// <summary>The mapping: keep it reachable for as long as <see cref="Address"/> is used.</summary>
    public MappedFile File { get; }

    /// <summary>The tensor's name.</summary>
    public string Name => _info.Name;

    /// <summary>The element type.</summary>
    public TensorType Type => _info.Type;

    /// <summary>The dimensions, row-major.</summary>
    public ImmutableArray<long> Shape => _info.Shape;

    /// <summary>The number of elements.</summary>
    public long Elements => _info.Elements;

    /// <summary>Bytes of the data.</summary>
    public long ByteLength => _info.ByteLength;

    /// <summary>The address of the first byte.</summary>
    /// <exception cref="ObjectDisposedException">The mapping has ended.</exception>
    public nint Address => File.AddressOf(_info.Offset, _info.ByteLength);

    /// <summary>Some of the data as bytes.</summary>
    /// <param name="offset">The first byte, from the start of the tensor.</param>
    /// <param name="count">Bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the tensor.</exception>
    public ReadOnlySpan<byte> Bytes(long offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (offset < 0 || offset > ByteLength - count)
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{count} bytes from there are outside the {ByteLength} bytes of {Name}");
        return File.Span(_info.Offset + offset, count);
    }

    /// <summary>Some elements as float32.</summary>
    /// <param name="first">The first element, counted row-major from the start of the tensor.</param>
    /// <param name="destination">Receives the elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the tensor.</exception>
    /// <exception cref="ModelFileException">The elements are not F32, F16 or BF16.</exception>
    public void ReadFloats(long first, Span<float> destination)
    {
        if (Type is not (TensorType.Float32 or TensorType.Float16 or TensorType.BFloat16))
            throw new ModelFileException(File.FilePath, Name, $"is {TensorTypes.NameOf(Type)}; weights are F32, F16 or BF16");
        int size = TensorTypes.BytesOf(Type);
        TensorElements.Widen(Type, Bytes(first * size, checked(destination.Length * size)), destination);
    }
}
