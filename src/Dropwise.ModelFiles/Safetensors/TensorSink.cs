namespace Dropwise.ModelFiles;

/// <summary>Where the data of one tensor go. It counts them, and notices a cancellation within a mebibyte.</summary>
public sealed unsafe class TensorSink
{
    private const int ChunkBytes = 1 << 20;

    private readonly Stream _stream;
    private readonly CancellationToken _cancellation;
    private long _remaining;

    /// <summary>Creates a sink.</summary>
    /// <param name="stream">Receives the data.</param>
    /// <param name="cancellation">Ends the writing.</param>
    internal TensorSink(Stream stream, CancellationToken cancellation)
    {
        _stream = stream;
        _cancellation = cancellation;
    }

    /// <summary>Writes some bytes.</summary>
    /// <param name="bytes">The next bytes of the tensor.</param>
    /// <exception cref="InvalidOperationException">The tensor's shape holds fewer bytes.</exception>
    /// <exception cref="OperationCanceledException">The writing was cancelled.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _remaining) throw new InvalidOperationException($"a tensor's content is at least {bytes.Length - _remaining} bytes longer than its shape");
        _remaining -= bytes.Length;
        while (!bytes.IsEmpty)
        {
            _cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(bytes.Length, ChunkBytes);
            _stream.Write(bytes[..count]);
            bytes = bytes[count..];
        }
    }

    /// <summary>Writes unmanaged memory of any length.</summary>
    /// <param name="owner">What keeps the memory alive, or null; it stays reachable meanwhile.</param>
    /// <param name="address">The first byte.</param>
    /// <param name="byteLength">Bytes.</param>
    /// <exception cref="InvalidOperationException">The tensor's shape holds fewer bytes.</exception>
    /// <exception cref="OperationCanceledException">The writing was cancelled.</exception>
    public void Write(object? owner, nint address, long byteLength)
    {
        for (long offset = 0; offset < byteLength; offset += ChunkBytes)
            Write(new ReadOnlySpan<byte>((byte*)address + offset, (int)Math.Min(byteLength - offset, ChunkBytes)));
        GC.KeepAlive(owner);
    }

    /// <summary>Runs one tensor's callback and checks that it wrote the tensor whole.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <exception cref="InvalidOperationException">The callback wrote too much or too little.</exception>
    /// <exception cref="OperationCanceledException">The writing was cancelled.</exception>
    internal void WriteTensor(TensorContent tensor) => WriteTensor(tensor.Name, tensor.ByteLength, tensor.Write);

    /// <summary>Runs one tensor's callback and checks that it wrote the tensor whole.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="byteLength">Bytes that the callback must write.</param>
    /// <param name="write">The callback.</param>
    /// <exception cref="InvalidOperationException">The callback wrote too much or too little.</exception>
    /// <exception cref="OperationCanceledException">The writing was cancelled.</exception>
    internal void WriteTensor(string name, long byteLength, Action<TensorSink> write)
    {
        _cancellation.ThrowIfCancellationRequested();
        _remaining = byteLength;
        write(this);
        if (_remaining != 0) throw new InvalidOperationException($"the content of tensor '{name}' is {_remaining} bytes shorter than its shape");
    }
}
