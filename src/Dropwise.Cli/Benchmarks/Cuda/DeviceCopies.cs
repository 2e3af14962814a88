using Dropwise.Cpu;
using Dropwise.Cuda;
using Dropwise.Inference;

namespace Dropwise.Cli.Benchmarks;

/// <summary>
/// Copies of a matrix in device memory that are multiplied one after the other, so many that none of them is still in the second-level
/// cache when its turn comes again: the situation of decoding.
/// </summary>
internal sealed unsafe class DeviceCopies : IDisposable
{
    /// <summary>Above the second-level cache of any device, several times.</summary>
    public const long MinimumBytes = 300L << 20;

    // What separates a kernel that multiplies from one that does not; kernels on the two sides round their activations differently.
    private const double LargestError = 2e-2;

    private readonly DeviceUnderBench _device;
    private readonly DeviceMatrix[] _copies;
    private readonly DeviceActivations _activations;
    private readonly DeviceBuffer _values;
    private readonly DeviceBuffer _outputs;
    private readonly PackedMatrix _source;
    private readonly int _level;

    /// <summary>Makes the copies.</summary>
    /// <param name="device">The device.</param>
    /// <param name="row">The format.</param>
    /// <param name="level">The level that products read, from 1; the levels above are not loaded.</param>
    /// <param name="shape">N and K.</param>
    /// <param name="tokens">Tokens of a product.</param>
    public DeviceCopies(DeviceUnderBench device, FormatRow row, int level, MatrixShape shape, int tokens)
    {
        _device = device;
        _level = level;
        var factory = new RandomMatrixFactory(seed: 1);
        _source = factory.Create(row, shape.Rows, shape.Columns, factory.Transform(shape.Columns));
        DeviceMatrix first = device.Loader.Load(_source, level);
        BytesRead = first.BytesRead(level);
        _copies = [first, .. Enumerable.Range(1, (int)(MinimumBytes / BytesRead)).Select(_ => device.Loader.Load(_source, level))];
        _activations = new DeviceActivations(device.Context, tokens, shape.Columns);
        int stride = PlainForm.RoundUp(shape.Columns);

        // Any values that are not all alike: speed does not depend on them.
        float[] values = new float[tokens * stride];
        for (int token = 0; token < tokens; token++)
        {
            for (int k = 0; k < shape.Columns; k++) values[(token * stride) + k] = MathF.Sin(token + k);
        }

        _values = DeviceBuffer.Of<float>(device.Stream, values);
        _outputs = new DeviceBuffer(device.Context, (long)tokens * shape.Rows * sizeof(float));
        Form = _activations.FormFor(first, tokens);
    }

    /// <summary>Copies of the matrix.</summary>
    public int Count => _copies.Length;

    /// <summary>Bytes of weights that one product reads, padding of the device layout included.</summary>
    public long BytesRead { get; }

    /// <summary>The form of the activations.</summary>
    public ActivationFormArguments Form { get; }

    /// <summary>Checks a product against the CPU's and finds the fastest launch.</summary>
    /// <exception cref="CudaLibraryException">The device computes something else than the CPU.</exception>
    public void Prepare()
    {
        _device.Form.Make(_device.Stream, Form, _values.Pointer);
        _device.Products.Tune(_device.Stream, _level, Form, [.. _copies.Select(copy => (DeviceProduct[])[Product(copy)])]);
        _device.Products.Multiply(_device.Stream, _level, Form, [Product(_copies[^1])]);
        RequireAgreement();
    }

    /// <summary>Puts a product with each copy into the stream.</summary>
    /// <param name="withForm">Whether the form is made anew for each of them.</param>
    public void MultiplyAll(bool withForm)
    {
        foreach (DeviceMatrix copy in _copies)
        {
            if (withForm) _device.Form.Make(_device.Stream, Form, _values.Pointer);
            _device.Products.Multiply(_device.Stream, _level, Form, [Product(copy)]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceMatrix copy in _copies) copy.Dispose();
        _activations.Dispose();
        _values.Dispose();
        _outputs.Dispose();
        _source.Dispose();
    }

    private DeviceProduct Product(DeviceMatrix copy) => new(copy, _outputs.Pointer, copy.Rows);

    /// <summary>Nothing is timed that is wrong: the first token of the last product beside the CPU's.</summary>
    private void RequireAgreement()
    {
        float[] actual = new float[_source.Rows];
        _outputs.Read<float>(_device.Stream, actual);
        using var team = new WorkerTeam(Environment.ProcessorCount);
        using var x = new Activations(1, _source.Columns);
        using var y = new NativeBuffer((long)_source.Rows * sizeof(float));
        for (int k = 0; k < _source.Columns; k++) x.Values[k] = MathF.Sin(k);
        x.Changed();
        MatrixMultiply.Run(team, x, [new MatrixProduct(_source, _level, (float*)y.Pointer, _source.Rows)], Precision.Exact);
        double difference = 0, norm = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            double expected = ((float*)y.Pointer)[i];
            difference += (actual[i] - expected) * (actual[i] - expected);
            norm += expected * expected;
        }

        double error = Math.Sqrt(difference / norm);
        if (!(error <= LargestError))
            throw new CudaLibraryException($"{_source.Format.Descriptor.Name} at level {_level}: the device's product differs from the CPU's by {error:G3}; see dropwise verify --device cuda");
    }
}
