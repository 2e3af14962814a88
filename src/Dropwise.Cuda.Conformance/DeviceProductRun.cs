using Dropwise.Cpu;

namespace Dropwise.Cuda.Conformance;

/// <summary>Device memory of the products of one kernel with one matrix, for any number of draws of the activations.</summary>
internal sealed unsafe class DeviceProductRun : IDisposable
{
    private readonly DeviceWorkbench _device;
    private readonly DeviceMatrix _weights;
    private readonly CudaKernelEntry? _kernel;
    private readonly int _level;
    private readonly DeviceActivations _activations;
    private readonly DeviceBuffer _values;
    private readonly DeviceBuffer _outputs;
    private readonly ActivationFormArguments _form;
    private readonly int _tokens;

    /// <summary>Allocates for products with one kernel.</summary>
    /// <param name="device">The device.</param>
    /// <param name="weights">The matrix.</param>
    /// <param name="kernel">A gemv or gemm of its format.</param>
    /// <param name="tokens">Tokens M.</param>
    public DeviceProductRun(DeviceWorkbench device, DeviceMatrix weights, CudaKernelEntry kernel, int tokens)
        : this(device, weights, kernel.Level, kernel.Activation == ActivationKind.Split16 ? ActivationFormKind.Split16 : ActivationFormKind.Half, tokens) =>
        _kernel = kernel;

    /// <summary>Allocates for products with whatever reads a form of the activations.</summary>
    /// <param name="device">The device.</param>
    /// <param name="weights">The matrix.</param>
    /// <param name="level">The level.</param>
    /// <param name="kind">The form.</param>
    /// <param name="tokens">Tokens M.</param>
    public DeviceProductRun(DeviceWorkbench device, DeviceMatrix weights, int level, ActivationFormKind kind, int tokens)
    {
        _device = device;
        _weights = weights;
        _level = level;
        _tokens = tokens;
        _activations = new DeviceActivations(device.Stream.Context, tokens, weights.Columns);
        _values = new DeviceBuffer(device.Stream.Context, (long)tokens * PlainForm.RoundUp(weights.Columns) * sizeof(float));
        _outputs = new DeviceBuffer(device.Stream.Context, ProductArguments.MaxMatrices * OutputBytes);
        _form = _activations.FormFor(weights, tokens, kind);
    }

    private long OutputBytes => (long)_tokens * _weights.Rows * sizeof(float);

    /// <summary>One product, overwriting.</summary>
    /// <param name="x">The activations.</param>
    /// <param name="y">Receives [tokens, N].</param>
    public void Multiply(Activations x, float* y)
    {
        Prepare(x);

        // What a kernel leaves out must not look like what an earlier one wrote.
        _device.Stream.Fill(_outputs.Pointer, 0xff, OutputBytes);
        Multiply([new DeviceProduct(_weights, _outputs.Pointer, _weights.Rows)], add: false);
        Read(0, y);
    }

    /// <summary>Four products in one launch, added to zeros; the last one is judged, behind the three others.</summary>
    /// <param name="x">The activations.</param>
    /// <param name="y">Receives [tokens, N].</param>
    public void MultiplyAdded(Activations x, float* y)
    {
        Prepare(x);
        _outputs.Clear(_device.Stream);
        DeviceProduct[] products =
            [.. Enumerable.Range(0, ProductArguments.MaxMatrices).Select(i => new DeviceProduct(_weights, _outputs.Pointer + (nint)(i * OutputBytes), _weights.Rows))];
        Multiply(products, add: true);
        Read(ProductArguments.MaxMatrices - 1, y);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _activations.Dispose();
        _values.Dispose();
        _outputs.Dispose();
    }

    private void Multiply(ReadOnlySpan<DeviceProduct> products, bool add)
    {
        if (_kernel is null) _device.Products.Multiply(_device.Stream, _level, _form, products, add);
        else _device.Products.MultiplyWith(_device.Stream, _kernel, _form, products, add);
    }

    private void Prepare(Activations x)
    {
        int stride = PlainForm.RoundUp(_weights.Columns);
        float[] values = new float[_tokens * stride];
        for (int token = 0; token < _tokens; token++)
            new ReadOnlySpan<float>(x.Values + ((nint)token * x.Stride), _weights.Columns).CopyTo(values.AsSpan(token * stride));
        _values.Write<float>(_device.Stream, values);
        _device.Form.Make(_device.Stream, _form, _values.Pointer);
    }

    private void Read(int product, float* y)
    {
        _device.Stream.CopyToHost(y, _outputs.Pointer + (nint)(product * OutputBytes), OutputBytes);
        _device.Stream.Synchronize();
    }
}
