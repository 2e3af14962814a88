using Dropwise.Cpu;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.Inference.Blocks.Engines.Cuda;
using Dropwise.Quantization.Tuning;

namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>Rows of additive codes on a CUDA device, with the targets and moments of their levels: what codes stand for, what they leave, and products with H.</summary>
internal sealed unsafe class DeviceCodedRows : IDisposable
{
    private const int RowThreads = 256;

    private readonly CudaEngine _engine;
    private readonly AdditiveCodes _codes;
    private readonly FloatMemory[] _targets;
    private readonly FloatMemory[] _moments;
    private readonly FloatMemory _codebooks;
    private readonly FloatMemory _inverses;
    private readonly FloatMemory _products;
    private readonly CodedMatrix _coded;

    /// <summary>Copies everything to the device.</summary>
    /// <param name="engine">The device.</param>
    /// <param name="levels">The levels, ascending.</param>
    /// <param name="codes">The codes; their scales are those of the host at each <see cref="WriteScales"/>.</param>
    public DeviceCodedRows(CudaEngine engine, MomentsLevel[] levels, AdditiveCodes codes)
    {
        (_engine, _codes) = (engine, codes);
        Made = new MemoryStack(engine);
        Planes = new DeviceCodes(engine, Made, codes.Codes.Length, codes.Codes[0].Length);
        _targets = new FloatMemory[levels.Length];
        _moments = new FloatMemory[levels.Length];
        for (int l = 0; l < levels.Length; l++)
        {
            // Levels that no text is run at have the target and moments of the next one.
            int first = Array.FindIndex(levels, level => level.Target == levels[l].Target);
            _targets[l] = first < l ? _targets[first] : Made.Copy(levels[l].Target.Values);
            _moments[l] = engine.Keep(levels[l].Moments);
        }

        _codebooks = Made.Room(codes.Codebooks.Values.Length);
        Scales = Made.Room(codes.Rows);
        _inverses = Made.Room(codes.Rows);
        _products = Made.Room(4L * codes.Rows);
        Errors = Made.Room(Elements);
        Sums = Made.Room(Elements);
        var ones = new float[codes.Rows];
        Array.Fill(ones, 1);
        _coded = new CodedMatrix
        {
            Codes = (nint)Planes.Memory.Pointer,
            RowScales = Made.Address(ones),
            Rows = codes.Rows,
            Columns = codes.Columns,
            Dimension = codes.Codebooks.Dimension,
            Codewords = codes.Codebooks.Codewords,
            Block = 1,
        };
        Planes.Write(codes.Codes);
        WriteCodebooks();
        WriteScales();
    }

    /// <summary>Owns all memory, and what others put beside it.</summary>
    public MemoryStack Made { get; }

    /// <summary>The codes.</summary>
    public DeviceCodes Planes { get; }

    /// <summary>s [N].</summary>
    public FloatMemory Scales { get; }

    /// <summary>Room for the errors of a level [N, K].</summary>
    public FloatMemory Errors { get; }

    /// <summary>Room for the sums of a level [N, K].</summary>
    public FloatMemory Sums { get; }

    /// <summary>Weights of all rows.</summary>
    public long Elements => (long)_codes.Rows * _codes.Columns;

    /// <summary>H of a level [K, K].</summary>
    /// <param name="level">The level, from 0.</param>
    public FloatView MomentsOf(int level) => _moments[level].View(_codes.Columns, _codes.Columns);

    /// <summary>Values of all rows.</summary>
    /// <param name="memory">[N, K].</param>
    public FloatView View(FloatMemory memory) => memory.View(_codes.Rows, _codes.Columns);

    /// <summary>Copies the present codebooks to the device.</summary>
    public void WriteCodebooks() => _engine.Write(_codes.Codebooks.Values, _codebooks.Pointer);

    /// <summary>Copies the present scales to the device.</summary>
    public void WriteScales()
    {
        _engine.Write(_codes.Scales, Scales.Pointer);
        var inverses = new float[_codes.Rows];
        for (int row = 0; row < inverses.Length; row++) inverses[row] = _codes.Scales[row] == 0 ? 0 : 1 / _codes.Scales[row];
        _engine.Write(inverses, _inverses.Pointer);
    }

    /// <summary>What codes stand for in units of the scales, Σ C.</summary>
    /// <param name="codebooks">Codebooks that count.</param>
    /// <param name="sums">Receives [N, K].</param>
    /// <param name="values">Codewords in the place of the codebooks', or null.</param>
    public void Decode(int codebooks, FloatMemory sums, FloatMemory? values = null)
    {
        CodedMatrix coded = _coded with { Weights = (nint)sums.Pointer, Level = codebooks, Codebooks = (nint)(values ?? _codebooks).Pointer };
        _engine.LaunchWith("decode_coded", coded.Chunks, coded);
    }

    /// <summary>What is left of a level's target, T / s − Σ C, into <see cref="Errors"/>.</summary>
    /// <param name="level">The level, from 0.</param>
    /// <param name="codebooks">Codebooks that it reads.</param>
    public void FindErrors(int level, int codebooks)
    {
        Decode(codebooks, Errors);
        _engine.LaunchElements("subtract_from_scaled", Elements, (nint)_targets[level].Pointer, (nint)_inverses.Pointer, (nint)Errors.Pointer, Elements, _codes.Columns);
    }

    /// <summary>A H.</summary>
    /// <param name="values">A [N, K].</param>
    /// <param name="level">The level of H.</param>
    /// <param name="products">Receives [N, K].</param>
    public void Multiply(FloatMemory values, int level, FloatMemory products) => _engine.Product(View(values), MomentsOf(level), View(products));

    /// <summary>⟨a, b⟩ and ⟨a, c⟩ of each row.</summary>
    /// <param name="a">[N, K].</param>
    /// <param name="b">[N, K].</param>
    /// <param name="c">[N, K].</param>
    /// <returns>[N, 2].</returns>
    public double[] RowProducts(FloatMemory a, FloatMemory b, FloatMemory c)
    {
        _engine.Launch("row_moments", _codes.Rows, RowThreads, (nint)a.Pointer, (nint)b.Pointer, (nint)c.Pointer, (nint)_products.Pointer, _codes.Columns);
        var products = new double[2 * _codes.Rows];
        _engine.Read((nint)_products.Pointer, products.AsSpan());
        return products;
    }

    /// <summary>tr(E H Eᵀ) of a level, rows times the squares of their scales; <see cref="Errors"/> has E afterwards.</summary>
    /// <param name="level">The level, from 0.</param>
    /// <param name="codebooks">Codebooks that it reads.</param>
    /// <param name="slopes">Receives E H [N, K].</param>
    public double ErrorOf(int level, int codebooks, FloatMemory slopes)
    {
        FindErrors(level, codebooks);
        Multiply(Errors, level, slopes);
        double[] products = RowProducts(slopes, Errors, Errors);
        double error = 0;
        for (int row = 0; row < _codes.Rows; row++) error += (double)_codes.Scales[row] * _codes.Scales[row] * products[2 * row];
        return error;
    }

    /// <inheritdoc/>
    public void Dispose() => Made.Dispose();
}
