using Dropwise.Cpu;

namespace Dropwise.Inference.Tests;

/// <summary>Random matrices keep what kernels rely on.</summary>
public sealed class RandomMatrixTests
{
    [Theory]
    [InlineData("spqr3", 256, 1024)]
    [InlineData("spqr3", 64, 288)]
    [InlineData("spqr4", 208, 544)]
    public void The_code_under_an_outlier_is_zero(string format, int rows, int columns)
    {
        FormatRow row = RandomModels.Format(format);
        using var factory = new RandomMatrixFactory(1);
        using PackedMatrix packed = factory.Create(row, rows, columns, factory.Transform(columns));
        var canonical = new CanonicalMatrix(row.Descriptor, rows, columns);

        // Unpacking refuses outliers over other codes.
        row.Unpack(packed.StreamAddresses, canonical);
        Assert.NotEmpty(canonical.Outliers);
        Assert.Equal(row.Descriptor.CodeCount, canonical.Codes[0].Distinct().Count());
    }
}
