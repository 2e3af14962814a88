using CsCheck;
using Dropwise.Cpu;
using Dropwise.Testing;

namespace Dropwise.ModelFiles.Tests.Gguf;

/// <summary>Valid GGUF files with bytes changed, moved or cut: they open or are refused, and nothing else.</summary>
public sealed class GgufMutationTests : IDisposable
{
    private const int Iterations = 4000;

    private static readonly FormatRegistry Registry = new(Formats.FormatTable.Rows);

    // Numbers that make counts, lengths and sums stumble, besides any byte.
    private static readonly ulong[] Extremes = [0, 1, 2, 0x7F, 0xFF, 0x7FFF_FFFF, 0xFFFF_FFFF, long.MaxValue, ulong.MaxValue, ulong.MaxValue - 31, 1UL << 61];

    private static readonly Gen<(double At, byte Value, int Extreme, int Width, double Cut)> Change = Gen.Select(
        Gen.Double[0, 1], Gen.Byte, Gen.Int[-Extremes.Length, Extremes.Length - 1], Gen.Int[0, 1], Gen.Frequency((6, Gen.Const(1.0)), (1, Gen.Double[0, 1])));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_changed_file_opens_or_is_refused()
    {
        int opened = Survive(RawGguf.Valid().Bytes, headerBytes: 480, path =>
        {
            using GgufFile file = GgufFile.Open(path, Registry);
            foreach (GgufValue value in file.Metadata.Values.Values) Assert.NotNull(value.ToString());
            foreach (GgufTensor tensor in file.Tensors) Touch(tensor);
        });

        // A test that only ever saw refusals would not have looked behind the header.
        Assert.InRange(opened, Iterations / 50, Iterations * 49 / 50);
    }

    [Fact]
    public void A_changed_model_opens_or_is_refused()
    {
        // One block of a real model, whose last megabyte is cut: what is behind the vocabulary is at the head of the mutations.
        byte[] whole = File.ReadAllBytes(TestData.Find("models/gguf/TQ1_0.gguf"));
        Survive(whole, headerBytes: 1200, path =>
        {
            using GgufModel model = GgufModel.Open(path, Registry);
            foreach (GgufTensor tensor in model.Contents) Touch(tensor);
        });
    }

    private static void Touch(GgufTensor tensor)
    {
        long sum = 0;
        if (tensor.Dense is not null)
        {
            TensorView view = tensor.ToView(tensor.Name);
            for (long at = 0; at < view.ByteLength; at += 4096) sum += view.Bytes(at, 1)[0];
        }
        else if (tensor.Shape.Length == 2 && tensor.Shape[0] > 0 && tensor.Shape[1] > 0)
        {
            CheckpointMatrix matrix = tensor.ToMatrix(tensor.Name);
            float[] row = new float[matrix.Columns];
            matrix.DecodeRows(matrix.Rows - 1, row);
            sum += BitConverter.SingleToInt32Bits(row[^1]);
        }

        Assert.True(sum != long.MinValue);
    }

    private int Survive(byte[] valid, int headerBytes, Action<string> open)
    {
        int opened = 0;
        Change.Array[1, 4].Sample(
            changes =>
            {
                byte[] changed = [.. valid];
                foreach ((double at, byte value, int extreme, int width, _) in changes)
                {
                    Span<byte> rest = changed.AsSpan((int)(at * headerBytes));
                    if (extreme < 0) rest[0] = value;
                    else BitConverter.GetBytes(Extremes[extreme]).AsSpan(0, width == 0 ? 4 : 8).CopyTo(rest);
                }

                string path = _folder.Write(Guid.NewGuid().ToString("N"), changed[..(int)(changes[0].Cut * changed.Length)]);
                try
                {
                    open(path);
                    Interlocked.Increment(ref opened);
                }
                catch (ModelFileException)
                {
                    // The only way to refuse; every other exception fails the test.
                }

                File.Delete(path);
            },
            iter: Iterations);
        return opened;
    }
}
