using Dropwise;
using Dropwise.Cpu;
using Outside;

// Every format of this assembly, at every level, on every engine that the machine has, for one token and for several: y = W x by the
// generated kernels against float64. The tolerances are the error classes of the design.
const int Rows = 200;
var random = new Random(1);
bool passed = true;
foreach (FormatRow row in FormatTable.Rows)
{
    // Neither size is a multiple of a tile, a group or a rotation block.
    int columns = row.Descriptor.Dimension == 1 ? 347 : row.Descriptor.Dimension * 43;
    CanonicalMatrix source = Oracle.Random(row.Descriptor, Rows, columns, random);
    foreach (CpuIsa isa in Enum.GetValues<CpuIsa>().Where(static isa => isa <= CpuFeatures.Detected))
    {
        using PackedMatrix packed = PackedMatrix.FromCanonical(row, source, isa);
        for (int level = 1; level <= row.Descriptor.Levels; level++)
        {
            foreach (Precision precision in Enum.GetValues<Precision>())
            {
                foreach (int tokens in (int[])[1, 3, 20])
                {
                    double error = ErrorOf(source, packed, level, precision, tokens);
                    bool ok = error <= (precision == Precision.Exact ? 1e-5 : 1.5e-2);
                    passed &= ok;
                    Console.WriteLine($"{(ok ? "ok" : "FAILED")} {row.Descriptor.Name} level {level} {isa} {precision} {tokens} tokens: {error:E2}");
                }
            }
        }
    }
}

return passed ? 0 : 1;

unsafe double ErrorOf(CanonicalMatrix source, PackedMatrix packed, int level, Precision precision, int tokens)
{
    using var team = new WorkerTeam(2);
    using var x = new Activations(tokens, source.Columns);
    using var y = new NativeBuffer((long)tokens * Rows * sizeof(float));
    for (int t = 0; t < tokens; t++)
    {
        for (int k = 0; k < source.Columns; k++) x.Values[(t * x.Stride) + k] = (float)((random.NextDouble() * 2) - 1);
    }

    x.Changed(tokens, source.Columns);
    float* output = (float*)y.Pointer;
    MatrixMultiply.Run(team, x, [new MatrixProduct(packed, level, output, Rows)], precision);

    double wrong = 0;
    double whole = 0;
    for (int t = 0; t < tokens; t++)
    {
        double[] input = Oracle.Rotated(source.Transform, new ReadOnlySpan<float>(x.Values + (t * x.Stride), source.Columns));
        for (int n = 0; n < Rows; n++)
        {
            double expected = 0;
            for (int k = 0; k < source.Columns; k++) expected += Oracle.Weight(source, level, n, k) * input[k];
            wrong += Math.Pow(output[(t * Rows) + n] - expected, 2);
            whole += expected * expected;
        }
    }

    return Math.Sqrt(wrong / whole);
}
