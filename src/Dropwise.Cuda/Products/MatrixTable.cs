using Dropwise.Cpu;

namespace Dropwise.Cuda;

/// <summary>
/// Matrices of one shape and format in device memory as kernels are given them, for launches in which a number in device memory says which of them to
/// multiply with: the experts of a mixture.
/// </summary>
public sealed class MatrixTable : IDisposable
{
    /// <summary>What a unit is compiled with whose products read tables.</summary>
    public const string Define = "CHOSEN_MATRICES=1";

    private readonly DeviceBuffer _matrices;
    private readonly FormatRow? _format;
    private readonly int _rows;

    /// <summary>Writes a table of quantized matrices.</summary>
    /// <param name="stream">The stream that copies; the copy is done when the call returns.</param>
    /// <param name="matrices">The matrices, which must outlive the table.</param>
    /// <exception cref="ArgumentException">They differ in shape, format, levels or rotation.</exception>
    public MatrixTable(CudaStream stream, params ReadOnlySpan<DeviceMatrix> matrices)
    {
        DeviceMatrix first = matrices[0];
        var arguments = new MatrixArguments[matrices.Length];
        for (int i = 0; i < matrices.Length; i++)
        {
            DeviceMatrix matrix = matrices[i];
            if (matrix.Format != first.Format || matrix.Rows != first.Rows || matrix.Columns != first.Columns || matrix.Levels != first.Levels || matrix.Rotation != first.Rotation)
            {
                throw new ArgumentException(
                    $"matrix {i} of a table is {matrix.Format.Descriptor.Name} of {matrix.Rows} x {matrix.Columns} at {matrix.Levels} levels, matrix 0 "
                    + $"{first.Format.Descriptor.Name} of {first.Rows} x {first.Columns} at {first.Levels}, or they differ in their rotation",
                    nameof(matrices));
            }

            arguments[i] = matrix.Arguments(0, 0);
        }

        _format = first.Format;
        _rows = first.Rows;
        _matrices = DeviceBuffer.Of<MatrixArguments>(stream, arguments);
    }

    /// <summary>Writes a table of unquantized matrices.</summary>
    /// <param name="stream">The stream that copies; the copy is done when the call returns.</param>
    /// <param name="rows">Output rows N of each.</param>
    /// <param name="addresses">The device address of each matrix's first element.</param>
    public MatrixTable(CudaStream stream, int rows, params ReadOnlySpan<nint> addresses)
    {
        var arguments = new MatrixArguments[addresses.Length];
        for (int i = 0; i < addresses.Length; i++)
        {
            arguments[i].Streams[0] = addresses[i];
            arguments[i].Rows = rows;
        }

        _rows = rows;
        _matrices = DeviceBuffer.Of<MatrixArguments>(stream, arguments);
    }

    /// <summary>The format.</summary>
    /// <exception cref="InvalidOperationException">The matrices are unquantized.</exception>
    public FormatRow Format => _format ?? throw new InvalidOperationException("unquantized matrices have no format");

    /// <inheritdoc/>
    public void Dispose() => _matrices.Dispose();

    /// <summary>What a launch is given in place of a matrix.</summary>
    /// <param name="choice">The device address of the int32 number of the matrix.</param>
    /// <param name="output">The address of its outputs, [N] float32.</param>
    internal MatrixArguments Chosen(nint choice, nint output)
    {
        var arguments = new MatrixArguments { Output = output, Rows = _rows, OutputStride = _rows };
        arguments.Streams[0] = _matrices.Pointer;
        arguments.Streams[1] = choice;
        return arguments;
    }
}

/// <summary>One product y = W x of a launch whose matrix is chosen on the device.</summary>
/// <param name="Table">The matrices.</param>
/// <param name="Choice">The device address of the int32 number of the matrix.</param>
/// <param name="Output">The device address of y, [N] float32.</param>
public readonly record struct ChosenProduct(MatrixTable Table, nint Choice, nint Output)
{
    /// <summary>What a kernel is given.</summary>
    public MatrixArguments Arguments => Table.Chosen(Choice, Output);
}
