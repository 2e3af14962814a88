using System.Runtime.InteropServices;

namespace Dropwise.ModelFiles.Tests;

public sealed class TensorViewTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Float_types_are_widened_exactly()
    {
        float[] values = [0, 1, -2.5f, 0.0078125f, 65504, float.PositiveInfinity];
        Assert.Equal(values, Widen("F32", MemoryMarshal.AsBytes<float>(values).ToArray(), values.Length));
        Half[] halves = [.. values.Select(v => (Half)v)];
        Assert.Equal(values, Widen("F16", MemoryMarshal.AsBytes<Half>(halves).ToArray(), values.Length));
        ushort[] upper = [.. values.Select(v => (ushort)(BitConverter.SingleToUInt32Bits(v) >> 16))];
        float[] rounded = [.. upper.Select(u => BitConverter.UInt32BitsToSingle((uint)u << 16))];
        Assert.Equal(rounded, Widen("BF16", MemoryMarshal.AsBytes<ushort>(upper).ToArray(), values.Length));
    }

    [Fact]
    public void Integers_are_no_weights() =>
        Assert.Contains("is I8", Assert.Throws<ModelFileException>(() => Widen("I8", [1, 2], 2)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(3, 2)]
    [InlineData(long.MaxValue, 1)]
    public void A_range_outside_the_tensor_is_refused(long offset, int count)
    {
        using SafetensorsFile file = Open("U8", [1, 2, 3, 4], 4);
        var view = new TensorView(file.File, file.Tensors[0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => view.Bytes(offset, count).Length);
    }

    private float[] Widen(string type, byte[] data, int elements)
    {
        using SafetensorsFile file = Open(type, data, elements);
        float[] result = new float[elements];
        new TensorView(file.File, file.Tensors[0]).ReadFloats(0, result);
        return result;
    }

    private SafetensorsFile Open(string type, byte[] data, int elements)
    {
        string header = $$"""{"t":{"dtype":"{{type}}","shape":[{{elements}}],"data_offsets":[0,{{data.Length}}] } }""";
        byte[] bytes = RawSafetensors.Bytes(header, data.Length);
        data.CopyTo(bytes, bytes.Length - data.Length);
        return SafetensorsFile.Open(_folder.Write("t.safetensors", bytes));
    }
}
