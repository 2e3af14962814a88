using Dropwise.Cpu;
using Dropwise.Cuda;

namespace Dropwise.Cli.Benchmarks;

/// <summary>Products of a number of tokens with all copies of a matrix.</summary>
internal sealed unsafe class DeviceProductBenchmark : IDisposable
{
    // What separates a kernel that multiplies from one that does not; kernels on the two sides round their activations differently.
    private const double LargestError = 2e-2;

    private readonly DeviceWorkbench _device;
    private readonly DeviceCopies _copies;
    private readonly DeviceActivations _activations;
    private readonly DeviceBuffer _values;
    private readonly DeviceBuffer _outputs;

    /// <summary>Draws activations, checks a product against the CPU's and finds the fastest launch.</summary>
    /// <param name="device">The device.</param>
    /// <param name="copies">The matrix.</param>
    /// <param name="tokens">Tokens of a product.</param>
    /// <param name="kind">The form of the activations, which decides about the kernel.</param>
    /// <exception cref="CudaLibraryException">The device computes something else than the CPU.</exception>
    public DeviceProductBenchmark(DeviceWorkbench device, DeviceCopies copies, int tokens, ActivationFormKind kind)
    {
        _device = device;
        _copies = copies;
        PackedMatrix source = copies.Source;
        _activations = new DeviceActivations(device.Context, tokens, source.Columns);
        int stride = PlainForm.RoundUp(source.Columns);
        float[] values = new float[tokens * stride];
        for (int token = 0; token < tokens; token++)
        {
            for (int k = 0; k < source.Columns; k++) values[(token * stride) + k] = Activation(token, k);
        }

        _values = DeviceBuffer.Of<float>(device.Stream, values);
        _outputs = new DeviceBuffer(device.Context, (long)tokens * source.Rows * sizeof(float));
        Form = _activations.FormFor(copies.Matrices[0], tokens, kind);
        Prepare();
    }

    /// <summary>The form of the activations.</summary>
    public ActivationFormArguments Form { get; }

    /// <summary>Measures.</summary>
    /// <param name="withForm">Whether the form is made anew for each product.</param>
    /// <param name="repeats">Measurements.</param>
    /// <returns>The median seconds of one product.</returns>
    public double Measure(bool withForm, int repeats) =>
        Statistics.Median(GraphTimer.Measure(_device.Stream, () => MultiplyAll(withForm), repeats)) / _copies.Matrices.Length;

    /// <inheritdoc/>
    public void Dispose()
    {
        _activations.Dispose();
        _values.Dispose();
        _outputs.Dispose();
    }

    /// <summary>Any values that are not all alike: speed does not depend on them.</summary>
    private static float Activation(int token, int input) => MathF.Sin(token + input);

    private void Prepare()
    {
        _device.Form.Make(_device.Stream, Form, _values.Pointer);
        _device.Products.Tune(_device.Stream, _copies.Level, Form, [.. _copies.Matrices.Select(copy => (DeviceProduct[])[Product(copy)])]);
        _device.Products.Multiply(_device.Stream, _copies.Level, Form, [Product(_copies.Matrices[^1])]);
        RequireAgreement();
    }

    private void MultiplyAll(bool withForm)
    {
        foreach (DeviceMatrix copy in _copies.Matrices)
        {
            if (withForm) _device.Form.Make(_device.Stream, Form, _values.Pointer);
            _device.Products.Multiply(_device.Stream, _copies.Level, Form, [Product(copy)]);
        }
    }

    private DeviceProduct Product(DeviceMatrix copy) => new(copy, _outputs.Pointer, copy.Rows);

    /// <summary>Nothing is timed that is wrong: the first token of the last product beside the CPU's.</summary>
    private void RequireAgreement()
    {
        PackedMatrix source = _copies.Source;
        float[] actual = new float[source.Rows];
        _outputs.Read<float>(_device.Stream, actual);
        using var team = new WorkerTeam(Environment.ProcessorCount);
        using var x = new Activations(1, source.Columns);
        using var y = new NativeBuffer((long)source.Rows * sizeof(float));
        for (int k = 0; k < source.Columns; k++) x.Values[k] = Activation(0, k);
        x.Changed();
        MatrixMultiply.Run(team, x, [new MatrixProduct(source, _copies.Level, (float*)y.Pointer, source.Rows)], Precision.Fast);
        double difference = 0, norm = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            double expected = ((float*)y.Pointer)[i];
            difference += (actual[i] - expected) * (actual[i] - expected);
            norm += expected * expected;
        }

        double error = Math.Sqrt(difference / norm);
        if (!(error <= LargestError))
        {
            throw new CudaLibraryException(
                $"{source.Format.Descriptor.Name} at level {_copies.Level}: the device's product differs from the CPU's by {error:G3}; see dropwise verify --device cuda");
        }
    }
}
