using Dropwise.Cpu;
using Dropwise.Formats;

namespace Dropwise.Additive.Tests;

public sealed unsafe class AdditiveKernelTests
{
    // Formats with product tables; wide codes have none, and the conformance suite has them.
    private static readonly FormatRow[] Additive = [.. FormatTable.Rows.Where(static row => row.Descriptor is { Kind: CodeKind.Additive, HasWideCodes: false })];

    public static TheoryData<string, int, int> Kernels
    {
        get
        {
            var data = new TheoryData<string, int, int>();
            foreach (FormatRow row in Additive)
            {
                foreach (KernelEntry kernel in row.Kernels)
                {
                    data.Add(kernel.Name, 70, 24);
                    data.Add(kernel.Name, 100, 576);
                    data.Add(kernel.Name, 600, 1040);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernels_agree_with_float64(string name, int rows, int columns)
    {
        FormatRow format = Additive.Single(row => row.Kernels.Any(kernel => kernel.Name == name));
        KernelEntry kernel = format.Kernels.Single(entry => entry.Name == name);
        Assert.SkipUnless(kernel.Isa <= CpuFeatures.Detected, $"this machine has no {kernel.Isa}");
        using var sample = new PackedSample(format, rows, columns, seed: rows + columns);
        using var runner = new KernelRunner(sample);
        switch (kernel.Op)
        {
            case KernelOp.Dequantize:
                runner.ComparePanels(kernel);
                break;
            case KernelOp.Gemv:
                // The classes of design.md: exact to float32 rounding, or 8-bit tables.
                double allowed = kernel.Activation == ActivationKind.Float32 ? 1e-5 : 1.5e-2;
                runner.CompareProducts(kernel, Samples.Gaussian(new Random(rows), columns), allowed);
                runner.CompareProducts(kernel, Samples.HeavyTailed(new Random(rows), columns), allowed);
                break;
            default:
                // Tables are compared through the products that read them.
                runner.CompareProducts(
                    format.Find(KernelOp.Gemv, 1, kernel.Isa, ActivationKind.ProductTable)!, Samples.HeavyTailed(new Random(columns), columns), 1.5e-2);
                break;
        }
    }

    [Fact]
    public void Packing_is_undone_by_unpacking()
    {
        foreach (FormatRow format in Additive)
        {
            using var sample = new PackedSample(format, 330, 48, seed: 5);
            var copy = new CanonicalMatrix(format.Descriptor, 330, 48);
            format.Unpack(sample.Addresses, copy);
            for (int m = 0; m < copy.Codes.Length; m++) Assert.Equal(sample.Matrix.Codes[m], copy.Codes[m]);
            Assert.Equal(sample.Matrix.RowScales, copy.RowScales);
        }
    }
}
