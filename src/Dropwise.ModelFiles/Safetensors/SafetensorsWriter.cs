namespace Dropwise.ModelFiles;

/// <summary>Writes safetensors files. Data come from callbacks, one tensor after another, and are never in memory together.</summary>
public static class SafetensorsWriter
{
    /// <summary>
    /// Writes a file: under a temporary name in the same folder first, which is flushed to the disk and renamed when it is whole. After
    /// a failure or a cancellation the final name is as it was and the temporary file is gone.
    /// </summary>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <param name="tensors">The tensors in the order of their data.</param>
    /// <param name="metadata">The strings of <c>__metadata__</c>, in the order in which they are written.</param>
    /// <param name="cancellation">Ends the writing.</param>
    /// <param name="folder">The folder of the temporary file, on the file system of the final one; null for the same folder.</param>
    /// <exception cref="ModelFileException">The file cannot be written: no such folder, no permission, disk full.</exception>
    /// <exception cref="ArgumentException">Two tensors have one name.</exception>
    /// <exception cref="InvalidOperationException">A callback wrote more or less than its tensor's shape holds.</exception>
    /// <exception cref="OperationCanceledException">The writing was cancelled.</exception>
    public static void Write(
        string path,
        IReadOnlyList<TensorContent> tensors,
        IEnumerable<KeyValuePair<string, string>> metadata,
        CancellationToken cancellation = default,
        string? folder = null)
    {
        byte[] header = SafetensorsHeaderWriter.Compose(tensors, metadata);
        using var file = new ReplacementFile(path, header.Length + tensors.Sum(static tensor => tensor.ByteLength), folder);
        try
        {
            file.Stream.Write(header);
            var sink = new TensorSink(file.Stream, cancellation);
            foreach (TensorContent tensor in tensors) sink.WriteTensor(tensor);
            file.Commit();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException(path, $"cannot be written: {e.Message}", e);
        }
    }
}
