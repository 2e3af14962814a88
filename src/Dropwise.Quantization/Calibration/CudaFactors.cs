using Dropwise.Cuda;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.Inference.Blocks.Engines.Cuda;

namespace Dropwise.Quantization.Calibration;

/// <summary>Factors of moments on a CUDA device: the factor in float64, division of rows by it in float32 as on the processor.</summary>
/// <param name="engine">The device.</param>
internal sealed unsafe class CudaFactors(CudaEngine engine) : IMomentFactors
{
    private readonly CudaTriangles _triangles = new(engine);

    /// <inheritdoc/>
    public float[] Upper(InputMoments moments, double damping, QuantizationRun run)
    {
        long elements = moments.Hessian.LongLength;
        using var made = new MemoryStack(engine);
        FloatMemory lower = Lower(moments, damping, made, run).Factor, upper = engine.Allocate(elements);
        engine.LaunchElements("upper_of_lower", elements, (nint)lower.Pointer, (nint)upper.Pointer, moments.Columns);
        return ReadAndKeep(upper);
    }

    /// <inheritdoc/>
    public float[] Divide(double[] rows, InputMoments moments, double damping, QuantizationRun run)
    {
        int size = moments.Columns, count = rows.Length / size;
        long elements = moments.Hessian.LongLength, inverseElements = CudaTriangles.InversesOf(size);
        using var made = new MemoryStack(engine);
        (FloatMemory factor, FloatMemory inverses) = Lower(moments, damping, made, run);
        FloatMemory roundedFactor = made.Room(elements), roundedInverses = made.Room(inverseElements), values = engine.Allocate(rows.Length);
        engine.LaunchElements("round_doubles", elements, (nint)factor.Pointer, (nint)roundedFactor.Pointer, elements);
        engine.LaunchElements("round_doubles", inverseElements, (nint)inverses.Pointer, (nint)roundedInverses.Pointer, inverseElements);

        // With J, which turns an axis round, H = J L Lᵀ J: Z H⁻¹ = (Z J) L⁻ᵀ L⁻¹ J.
        engine.Write(Floats.Of(rows, run), values.Pointer);
        Reverse(values, count, size);
        BlasView triangle = new((nint)roundedFactor.Pointer, size, size, size, isDouble: false), x = new((nint)values.Pointer, count, size, size, isDouble: false);
        _triangles.DivideByTransposed(x, triangle, (nint)roundedInverses.Pointer);
        _triangles.Divide(x, triangle, (nint)roundedInverses.Pointer);
        Reverse(values, count, size);
        return ReadAndKeep(values);
    }

    /// <summary>L, float64, of damped moments whose axes are turned round, and the inverses of the triangles on its diagonal.</summary>
    private (FloatMemory Factor, FloatMemory Inverses) Lower(InputMoments moments, double damping, MemoryStack made, QuantizationRun run)
    {
        int size = moments.Columns;
        long elements = moments.Hessian.LongLength;
        double added = HessianFactor.AddedTo(moments, damping, run);
        FloatMemory factor = made.Room(2 * elements), inverses = made.Room(2 * CudaTriangles.InversesOf(size)), refused = made.Room(1);
        engine.Write<double>(moments.Hessian, (nint)factor.Pointer);
        engine.Write<int>([-1], (nint)refused.Pointer);
        engine.LaunchElements("reverse_values", elements, (nint)factor.Pointer, elements);
        engine.LaunchElements("add_to_diagonal", size, (nint)factor.Pointer, added, size);
        _triangles.Factor(new BlasView((nint)factor.Pointer, size, size, size, isDouble: true), (nint)inverses.Pointer, (nint)refused.Pointer);
        var row = new int[1];
        engine.Read((nint)refused.Pointer, row.AsSpan());
        if (row[0] >= 0) throw HessianFactor.Refused(moments, row[0], damping);
        return (factor, inverses);
    }

    private void Reverse(FloatMemory values, long rows, int columns) => engine.LaunchElements("reverse_rows", rows * columns, (nint)values.Pointer, rows, columns);

    // Products with what was found follow, where it is now.
    private float[] ReadAndKeep(FloatMemory memory)
    {
        var values = new float[memory.Length];
        engine.Read(memory.Pointer, values);
        engine.Keep(values, memory);
        return values;
    }
}
