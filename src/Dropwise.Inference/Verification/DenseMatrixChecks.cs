using Dropwise.Cuda;
using Dropwise.Inference.Cuda;

namespace Dropwise.Inference.Verification;

/// <summary>Checks of one unquantized matrix on a device; it reaches the device as a model's matrices do.</summary>
internal sealed unsafe class DenseMatrixChecks : IDisposable
{
    // Of one token, of fewer than each kernel's tile and of all of it, and tails of the tiles of many tokens.
    private static readonly int[] TokenCounts = [1, 3, 4, 16, 17, 67, DenseProblem.MostTokens];

    private readonly ResourceStack _made = new();
    private readonly DenseProblem _problem;
    private readonly CudaStream _stream;
    private readonly PlainForm _forms;
    private readonly DenseUploader _uploader;
    private readonly Action<DenseCheck> _report;
    private readonly DeviceActivations _activations;
    private readonly DeviceBuffer _inputs;
    private readonly DeviceBuffer _outputs;

    /// <summary>Allocates.</summary>
    /// <param name="problem">The matrix.</param>
    /// <param name="stream">The stream of all work.</param>
    /// <param name="forms">Makes inputs.</param>
    /// <param name="uploader">Brings matrices to the device.</param>
    /// <param name="report">Receives each check.</param>
    public DenseMatrixChecks(DenseProblem problem, CudaStream stream, PlainForm forms, DenseUploader uploader, Action<DenseCheck> report)
    {
        (_problem, _stream, _forms, _uploader, _report) = (problem, stream, forms, uploader, report);
        try
        {
            _activations = _made.Add(new DeviceActivations(stream.Context, DenseProblem.MostTokens, Columns, manyFloats: true));
            _inputs = _made.Add(DeviceBuffer.Of<float>(stream, problem.Inputs));
            _outputs = _made.Add(new DeviceBuffer(stream.Context, (long)DenseProblem.MostTokens * Rows * sizeof(float)));
        }
        catch
        {
            _made.Dispose();
            throw;
        }
    }

    private int Rows => _problem.Matrix.Rows;

    private int Columns => _problem.Matrix.Columns;

    /// <summary>
    /// The largest error of products that read a form. Inputs lose 2e-4 of themselves in halves and 1.6e-3 in bfloat16 (root mean squares); the worst token
    /// of the smallest matrix loses 5.1e-4 and 4.8e-3 in the worst of 800 draws. Where inputs stay float32, what is lost is what float32 sums lose. One wrong
    /// output among 17,000 is 7.7e-3.
    /// </summary>
    /// <param name="kind">The form.</param>
    public static double LimitOf(ActivationFormKind kind) => kind switch
    {
        ActivationFormKind.Float32 => 1e-5,
        ActivationFormKind.Half => 1e-3,
        _ => 6e-3,
    };

    /// <summary>Products of the whole matrix, and of three parts of different numbers of rows in one launch.</summary>
    /// <param name="kernels">What multiplies.</param>
    public void Multiply(DenseKernels kernels)
    {
        int half = Rows / 2;
        Multiply(kernels, "product", [Part(0, Rows)]);
        Multiply(kernels, "three products", [Part(0, half), Part(half, 1), Part(half + 1, Rows - half - 1)]);
    }

    /// <summary>Products of one token with matrices that numbers on the device choose: thirds of the matrix in another order.</summary>
    /// <param name="kernels">What multiplies.</param>
    public void MultiplyChosen(DenseKernels kernels)
    {
        int third = Rows / 3;
        int[] order = [2, 0, 1];
        DenseWeights[] thirds = Load([Part(0, third), Part(third, third), Part(2 * third, third)]);
        using var table = new MatrixTable(_stream, third, [.. thirds.Select(static matrix => matrix.Address)]);
        using DeviceBuffer choice = DeviceBuffer.Of<int>(_stream, order);
        ChosenProduct[] products =
            [.. order.Select((_, i) => new ChosenProduct(table, choice.Pointer + (i * sizeof(int)), _outputs.Pointer + (nint)((long)i * third * sizeof(float))))];
        ActivationFormArguments form = Form(ActivationFormKind.Float32, 1);
        DeviceShard[] chosen = [.. order.Select(i => Part(i * third, third))];
        Judge("three chosen products", chosen, form, add => kernels.MultiplyChosen(_stream, _problem.Type, form, products, add));
    }

    /// <summary>Rows as an embedding reads them, of the matrix and of the part behind its first rows and inputs, bit by bit.</summary>
    /// <param name="kernels">What reads them.</param>
    public void Embed(DenseKernels kernels)
    {
        Embed(kernels, "embedding", Part(0, Rows));
        Embed(kernels, "embedding of a shard", new DeviceShard(Rows / 2, Rows - (Rows / 2), 8, Columns - 8));
    }

    /// <inheritdoc/>
    public void Dispose() => _made.Dispose();

    private DeviceShard Part(int firstRow, int rows) => new(firstRow, rows, 0, Columns);

    private DenseWeights[] Load(DeviceShard[] parts) => [.. parts.Select(part => _made.Add(_uploader.Load(_problem.Matrix, part)))];

    private ActivationFormArguments Form(ActivationFormKind kind, int tokens)
    {
        ActivationFormArguments form = _activations.Form(kind, tokens, Columns, 0, null);
        _forms.Make(_stream, form, _inputs.Pointer);
        return form;
    }

    private void Multiply(DenseKernels kernels, string name, DeviceShard[] parts)
    {
        DenseWeights[] matrices = Load(parts);
        foreach (int tokens in TokenCounts)
        {
            nint[] outputs = [.. parts.Select(part => _outputs.Pointer + (nint)((long)tokens * part.FirstRow * sizeof(float)))];
            ActivationFormArguments form = Form(kernels.KindFor(_problem.Type, tokens), tokens);
            Judge(name, parts, form, add => kernels.Multiply(_stream, form, matrices, outputs, add));
        }
    }

    private void Judge(string name, DeviceShard[] parts, in ActivationFormArguments form, Action<bool> multiply)
    {
        // What a kernel leaves out must not look like what an earlier one wrote.
        _stream.Fill(_outputs.Pointer, 0xff, _outputs.ByteLength);
        float[] found = new float[form.Tokens * parts.Sum(static part => part.Rows)];
        foreach (bool add in (bool[])[false, true])
        {
            multiply(add);
            _outputs.Read(_stream, found.AsSpan());
            _report(Check($"{name}, {form.Kind.ToString().ToLowerInvariant()} inputs{(add ? ", added" : "")}", form.Tokens) with
            {
                Error = _problem.ErrorOf(found, parts, form.Tokens, add ? 2 : 1),
                Limit = LimitOf(form.Kind),
            });
        }
    }

    private void Embed(DenseKernels kernels, string name, DeviceShard part)
    {
        // The last row, the first, and one twice.
        int[] list = [part.Rows - 1, 0, part.Rows / 2, part.Rows / 2];
        float[] found = new float[list.Length * part.Columns], row = new float[Columns];
        using DenseWeights table = _uploader.Load(_problem.Matrix, part);
        using DeviceBuffer rows = DeviceBuffer.Of<int>(_stream, list), listed = new(_stream.Context, (long)found.Length * sizeof(float));
        _stream.Fill(listed.Pointer, 0xff, listed.ByteLength);
        kernels.Embed(_stream, table, rows.Pointer, list.Length, listed.Pointer);
        listed.Read(_stream, found.AsSpan());
        int wrong = 0;
        for (int i = 0; i < found.Length; i++)
        {
            if (i % part.Columns == 0)
            {
                fixed (float* values = row) _problem.Matrix.DequantizeRow(1, part.FirstRow + list[i / part.Columns], values);
            }

            float expected = row[part.FirstColumn + (i % part.Columns)];
            if (BitConverter.SingleToUInt32Bits(found[i]) != BitConverter.SingleToUInt32Bits(expected)) wrong++;
        }

        _report(Check(name, list.Length) with { Error = wrong });
    }

    private DenseCheck Check(string name, int tokens) => new() { Name = name, Type = _problem.Type, Rows = Rows, Columns = Columns, Tokens = tokens };
}
