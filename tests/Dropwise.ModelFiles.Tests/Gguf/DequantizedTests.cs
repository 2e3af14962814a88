using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Dropwise.Cpu;
using Dropwise.Testing;

namespace Dropwise.ModelFiles.Tests.Gguf;

/// <summary>Every tensor of files that llama.cpp wrote decodes to the bits that llama.cpp decodes it to.</summary>
public sealed unsafe class DequantizedTests
{
    private static readonly FormatRegistry Registry = new(Formats.FormatTable.Rows);

    public static TheoryData<string, CpuIsa> Files
    {
        get
        {
            string[] names =
            [
                "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K_S", "Q4_K_S", "Q5_K_S", "Q6_K", "IQ4_NL", "IQ4_XS", "MXFP4_MOE", "TQ1_0", "TQ2_0",
            ];
            var data = new TheoryData<string, CpuIsa>();
            foreach (string name in names)
            {
                foreach (CpuIsa isa in (CpuIsa[])[CpuIsa.Scalar, CpuIsa.Avx2, CpuIsa.Avx512]) data.Add(name, isa);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Tensors_hash_to_what_llama_cpp_decodes(string name, CpuIsa isa)
    {
        Assert.SkipUnless(isa <= CpuFeatures.Detected, $"{CpuFeatures.NameOf(isa)} is not here");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(TestData.Find("models/gguf/dequantized.json")));
        JsonElement expected = document.RootElement.GetProperty(name + ".gguf");
        using GgufFile file = GgufFile.Open(TestData.Find($"models/gguf/{name}.gguf"), Registry);
        Assert.Equal(expected.EnumerateObject().Count(), file.Tensors.Length);
        foreach (GgufTensor tensor in file.Tensors)
        {
            JsonElement entry = expected.GetProperty(tensor.Name);
            Assert.Equal(entry.GetProperty("type").GetString(), tensor.TypeName, ignoreCase: true);
            Assert.Equal(entry.GetProperty("dims").EnumerateArray().Select(static size => size.GetInt64()).Reverse(), tensor.Shape);
            float[] values = tensor.Format is null ? Dense(tensor) : Decoded(tensor, isa);
            Assert.Equal(entry.GetProperty("first4").EnumerateArray().Select(static value => value.GetSingle()), values.Take(4));
            Assert.Equal(entry.GetProperty("sha256_f32").GetString(), Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan()))));
        }
    }

    private static float[] Dense(GgufTensor tensor)
    {
        TensorView view = tensor.ToView(tensor.Name);
        float[] values = new float[view.Elements];
        view.ReadFloats(0, values);
        return values;
    }

    private static float[] Decoded(GgufTensor tensor, CpuIsa isa)
    {
        CheckpointMatrix matrix = tensor.ToMatrix(tensor.Name);
        using var packed = new PackedMatrix(matrix.Row, matrix.Rows, matrix.Columns, matrix.Streams.AsSpan(), null, null, 1, matrix.Owner, isa);
        float[] values = new float[matrix.Rows * matrix.Columns];
        fixed (float* first = values)
        {
            for (int row = 0; row < matrix.Rows; row++) packed.DequantizeRow(1, row, first + ((nint)row * matrix.Columns));
        }

        // Panels of rows must hold the same bits.
        using var panel = new NativeBuffer((long)matrix.Columns * WeightMatrix.PanelRows * sizeof(float));
        packed.DequantizePanel(1, 0, 0, matrix.Columns, (float*)panel.Pointer);
        for (int k = 0; k < matrix.Columns; k++)
        {
            for (int row = 0; row < WeightMatrix.PanelRows; row++)
                Assert.Equal(BitConverter.SingleToInt32Bits(values[(row * matrix.Columns) + k]), BitConverter.SingleToInt32Bits(((float*)panel.Pointer)[(k * WeightMatrix.PanelRows) + row]));
        }

        return values;
    }
}
