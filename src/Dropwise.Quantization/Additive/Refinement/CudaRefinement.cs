using Dropwise.Inference.Blocks.Engines;
using Dropwise.Inference.Blocks.Engines.Cuda;

namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>
/// Refinement on a CUDA device: targets, codes and what H makes of errors stay there until all rounds are done. A warp goes over a row's batch of runs, and changes are
/// handed on to later inputs as products of all rows.
/// </summary>
internal sealed unsafe class CudaRefinement : IRefinementSteps
{
    private readonly CudaEngine _engine;
    private readonly AdditiveCodes _codes;
    private readonly QuantizationRun _run;
    private readonly DeviceSearch _search;
    private readonly DeviceCodedRows _rows;
    private readonly FloatMemory[] _slopes;
    private readonly FloatMemory[] _changes;
    private MomentsLevel[] _levels;
    private double[]? _present;

    /// <summary>Copies everything to the device.</summary>
    /// <param name="engine">The device.</param>
    /// <param name="levels">The levels, ascending.</param>
    /// <param name="codes">The codes, which are improved.</param>
    /// <param name="shape">Codebooks and beam, which fit the device.</param>
    /// <param name="run">Workers and cancellation.</param>
    public CudaRefinement(CudaEngine engine, MomentsLevel[] levels, AdditiveCodes codes, SearchShape shape, QuantizationRun run)
    {
        (_engine, _levels, _codes, _run) = (engine, levels, codes, run);
        _search = new DeviceSearch(engine, shape.Descent, "improve_batch");
        _rows = new DeviceCodedRows(engine, levels, codes);
        _slopes = [.. levels.Select(_ => _rows.Made.Room(_rows.Elements))];
        _changes = [.. levels.Select(_ => _rows.Made.Room((long)codes.Rows * DeviceSearch.BatchColumns))];
    }

    /// <inheritdoc/>
    public double[] Errors()
    {
        if (_present is not null) return _present;
        _present = new double[_levels.Length];
        for (int l = 0; l < _levels.Length; l++) _present[l] = _rows.ErrorOf(l, _levels[l].Codebooks, _slopes[l]);
        return _present;
    }

    /// <inheritdoc/>
    public void Weigh(float[] weights) => _levels = MomentsLevel.Weighted(_levels, weights);

    /// <inheritdoc/>
    public ICodebookGradient GradientOf(MomentsLevel[] levels, AdditiveCodes codes) =>
        CudaCodebookGradient.Fits(codes.Codebooks) ? new CudaCodebookGradient(_engine, levels, codes, _run) : new CodebookGradient(levels, codes, _run);

    /// <inheritdoc/>
    public void CodebooksChanged()
    {
        _present = null;
        _rows.WriteCodebooks();
    }

    /// <inheritdoc/>
    public double SearchCodes()
    {
        double error = MomentsLevel.Sum(_levels, Errors());
        _present = null;
        using var made = new MemoryStack(_engine);
        using var tables = new DescentTables(_levels, _codes.Codebooks, _codes.Columns, _run);
        FloatMemory gains = made.Room(2L * _codes.Rows);
        _engine.Clear(gains.Pointer, gains.Length);
        var arguments = new DescentArguments
        {
            Batch = DeviceSearch.Batch(made, tables.Search, tables.Metrics, _rows.Planes.Memory, _codes.Rows, _codes.Columns),
            Scales = (nint)_rows.Scales.Pointer,
            Gains = (nint)gains.Pointer,
        };
        for (int l = 0; l < _levels.Length; l++)
        {
            arguments.Batch.Sums[l] = (nint)_slopes[l].Pointer;
            arguments.Batch.Factors[l] = (nint)_rows.MomentsOf(l).Data;
            arguments.Batch.Inverses[l] = made.Address(tables.Inverses[l]);
            arguments.Changes[l] = (nint)_changes[l].Pointer;
        }

        Sweep(arguments);
        var found = new double[_codes.Rows];
        _engine.Read((nint)gains.Pointer, found.AsSpan());
        return error - found.Sum();
    }

    /// <inheritdoc/>
    public double FitScales(ScalarType type)
    {
        double[] cross = new double[_codes.Rows], squares = new double[_codes.Rows];
        for (int l = 0; l < _levels.Length; l++)
        {
            if (_levels[l].Weight == 0) continue;
            _rows.FindErrors(l, _levels[l].Codebooks);
            _rows.Decode(_levels[l].Codebooks, _rows.Sums);
            _rows.Multiply(_rows.Sums, l, _slopes[l]);
            double[] products = _rows.RowProducts(_slopes[l], _rows.Errors, _rows.Sums);
            for (int row = 0; row < _codes.Rows; row++)
            {
                cross[row] += _levels[l].Weight * products[2 * row];
                squares[row] += _levels[l].Weight * products[(2 * row) + 1];
            }
        }

        double gain = 0;
        for (int row = 0; row < _codes.Rows; row++) gain += RowScaleFit.Improve(ref _codes.Scales[row], cross[row], squares[row], type);

        // New scales make other errors of the same codes.
        _present = null;
        _rows.WriteScales();
        return gain;
    }

    /// <inheritdoc/>
    public void ReadCodes() => _rows.Planes.Read(_codes.Codes);

    /// <inheritdoc/>
    public void Dispose() => _rows.Dispose();

    private void Sweep(DescentArguments arguments)
    {
        for (int first = 0; first < _codes.Columns; first += DeviceSearch.BatchColumns)
        {
            _run.Cancellation.ThrowIfCancellationRequested();
            int width = Math.Min(DeviceSearch.BatchColumns, _codes.Columns - first);
            (arguments.Batch.First, arguments.Batch.Last) = (first, first + width);
            foreach (FloatMemory changes in _changes) _engine.Clear(changes.Pointer, (long)_codes.Rows * width);
            _search.Launch(arguments, _codes.Rows);

            // Only later inputs: S is computed anew for the next sweep, whose scales are others.
            for (int l = 0; l < _changes.Length; l++) _search.HandOn(_changes[l].View(_codes.Rows, width), _rows.MomentsOf(l), _rows.View(_slopes[l]), first);
        }
    }
}
