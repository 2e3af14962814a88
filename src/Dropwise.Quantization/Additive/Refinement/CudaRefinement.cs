using Dropwise.Cpu;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.Inference.Blocks.Engines.Cuda;
using Dropwise.Quantization.Tuning;

namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>
/// Refinement on a CUDA device: targets, codes and what H makes of errors stay there until all rounds are done. A warp goes over a row's batch of runs, and changes are
/// handed on to later inputs as products of all rows.
/// </summary>
internal sealed unsafe class CudaRefinement : IRefinementSteps
{
    private const int RowThreads = 256;

    private readonly CudaEngine _engine;
    private readonly MemoryStack _made;
    private readonly AdditiveCodes _codes;
    private readonly QuantizationRun _run;
    private readonly DeviceSearch _search;
    private readonly DeviceCodes _planes;
    private readonly DeviceLevel[] _states;
    private readonly FloatMemory _scales;
    private readonly FloatMemory _inverses;
    private readonly FloatMemory _errors;
    private readonly FloatMemory _sums;
    private readonly FloatMemory _moments;
    private readonly CodedMatrix _coded;
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
        _made = new MemoryStack(engine);
        _planes = new DeviceCodes(engine, _made, codes.Codes.Length, codes.Codes[0].Length);
        _scales = _made.Room(codes.Rows);
        _inverses = _made.Room(codes.Rows);
        _errors = _made.Room(Elements);
        _sums = _made.Room(Elements);
        _moments = _made.Room(4L * codes.Rows);
        var targets = new Dictionary<FloatMatrix, FloatMemory>();
        _states = [.. levels.Select(level =>
        {
            // Levels that no text is run at have the target and moments of the next one.
            if (!targets.TryGetValue(level.Target, out FloatMemory? target)) targets.Add(level.Target, target = _made.Copy(level.Target.Values));
            return new DeviceLevel(target, engine.Keep(level.Moments), _made.Room(Elements), _made.Room((long)codes.Rows * DeviceSearch.BatchColumns));
        })];
        _planes.Write(codes.Codes);
        _coded = new CodedMatrix
        {
            Codes = (nint)_planes.Memory.Pointer,
            Codebooks = _made.Address(codes.Codebooks.Values),
            RowScales = _made.Address(Enumerable.Repeat(1f, codes.Rows).ToArray()),
            Rows = codes.Rows,
            Columns = codes.Columns,
            Dimension = shape.Dimension,
            Codewords = shape.Codewords,
            Block = 1,
        };
        WriteScales();
    }

    private long Elements => (long)_codes.Rows * _codes.Columns;

    /// <inheritdoc/>
    public double[] Errors()
    {
        if (_present is not null) return _present;
        _present = new double[_levels.Length];
        for (int l = 0; l < _levels.Length; l++)
        {
            DeviceLevel state = _states[l];
            FindErrors(l);
            _engine.Product(View(_errors), state.Moments.View(_codes.Columns, _codes.Columns), View(state.Slopes));
            double[] products = RowProducts(state.Slopes, _errors, _errors);
            for (int row = 0; row < _codes.Rows; row++) _present[l] += (double)_codes.Scales[row] * _codes.Scales[row] * products[2 * row];
        }

        return _present;
    }

    /// <inheritdoc/>
    public void Weigh(float[] weights) => _levels = MomentsLevel.Weighted(_levels, weights);

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
            Batch = DeviceSearch.Batch(made, tables.Search, tables.Metrics, _planes.Memory, _codes.Rows, _codes.Columns),
            Scales = (nint)_scales.Pointer,
            Gains = (nint)gains.Pointer,
        };
        for (int l = 0; l < _states.Length; l++)
        {
            arguments.Batch.Sums[l] = (nint)_states[l].Slopes.Pointer;
            arguments.Batch.Factors[l] = (nint)_states[l].Moments.Pointer;
            arguments.Batch.Inverses[l] = made.Address(tables.Inverses[l]);
            arguments.Changes[l] = (nint)_states[l].Changes.Pointer;
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
            FindErrors(l);
            Decode(l, _sums);
            _engine.Product(View(_sums), _states[l].Moments.View(_codes.Columns, _codes.Columns), View(_states[l].Slopes));
            double[] products = RowProducts(_states[l].Slopes, _errors, _sums);
            for (int row = 0; row < _codes.Rows; row++)
            {
                cross[row] += _levels[l].Weight * products[2 * row];
                squares[row] += _levels[l].Weight * products[(2 * row) + 1];
            }
        }

        double gain = 0;
        for (int row = 0; row < _codes.Rows; row++) gain += RowScaleFit.Improve(ref _codes.Scales[row], cross[row], squares[row], type);
        WriteScales();
        return gain;
    }

    /// <inheritdoc/>
    public void Finish() => _planes.Read(_codes.Codes);

    /// <inheritdoc/>
    public void Dispose() => _made.Dispose();

    private void Sweep(DescentArguments arguments)
    {
        int columns = _codes.Columns;
        for (int first = 0; first < columns; first += DeviceSearch.BatchColumns)
        {
            _run.Cancellation.ThrowIfCancellationRequested();
            int width = Math.Min(DeviceSearch.BatchColumns, columns - first);
            (arguments.Batch.First, arguments.Batch.Last) = (first, first + width);
            foreach (DeviceLevel state in _states) _engine.Clear(state.Changes.Pointer, (long)_codes.Rows * width);
            _search.Launch(arguments, _codes.Rows);

            // Only later inputs: S is computed anew for the next sweep, whose scales are others.
            foreach (DeviceLevel state in _states) _search.HandOn(state.Changes.View(_codes.Rows, width), state.Moments.View(columns, columns), View(state.Slopes), first);
        }
    }

    // T / s less what codes stand for.
    private void FindErrors(int level)
    {
        Decode(level, _errors);
        _engine.LaunchElements("subtract_from_scaled", Elements, (nint)_states[level].Target.Pointer, (nint)_inverses.Pointer, (nint)_errors.Pointer, Elements, _codes.Columns);
    }

    private void Decode(int level, FloatMemory sums)
    {
        CodedMatrix coded = _coded with { Weights = (nint)sums.Pointer, Level = _levels[level].Codebooks };
        _engine.LaunchWith("decode_coded", coded.Chunks, coded);
    }

    private double[] RowProducts(FloatMemory a, FloatMemory b, FloatMemory c)
    {
        _engine.Launch("row_moments", _codes.Rows, RowThreads, (nint)a.Pointer, (nint)b.Pointer, (nint)c.Pointer, (nint)_moments.Pointer, _codes.Columns);
        var products = new double[2 * _codes.Rows];
        _engine.Read((nint)_moments.Pointer, products.AsSpan());
        return products;
    }

    private void WriteScales()
    {
        // New scales make other errors of the same codes.
        _present = null;
        _engine.Write(_codes.Scales, _scales.Pointer);
        _engine.Write([.. _codes.Scales.Select(static scale => scale == 0 ? 0 : 1 / scale)], _inverses.Pointer);
    }

    private FloatView View(FloatMemory memory) => memory.View(_codes.Rows, _codes.Columns);

    /// <summary>A level on the device: T, H, S = E H, and what errors of a batch change by.</summary>
    private sealed record DeviceLevel(FloatMemory Target, FloatMemory Moments, FloatMemory Slopes, FloatMemory Changes);
}
