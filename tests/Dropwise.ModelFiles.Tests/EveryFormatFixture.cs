using System.Runtime.InteropServices;
using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.Reference;

namespace Dropwise.ModelFiles.Tests;

/// <summary>A checkpoint with one matrix of every registered format, of a shape with tails in rows, blocks and groups.</summary>
public sealed class EveryFormatFixture : IDisposable
{
    // More than one tile of either kind and a last one that is not whole; columns that are multiples of 16 but of neither 32 nor 64.
    private const int Rows = 330;
    private const int Columns = 144;

    // The longest block, which has no tails.
    private const int BlockColumns = 256;

    private readonly TemporaryFolder _folder = new();

    public EveryFormatFixture()
    {
        Registry = new FormatRegistry(FormatTable.Rows);
        CheckpointPath = _folder["every.safetensors"];
        using var writer = new CheckpointWriter(CheckpointPath, new SampleCheckpoint().Texts);
        foreach (FormatRow row in Registry.Rows)
        {
            CanonicalMatrix matrix = SampleMatrix.Create(row.Descriptor, Rows, row.Descriptor.Block is null ? Columns : BlockColumns, row.Descriptor.Name.Length);
            Matrices.Add(row.Descriptor.Name, matrix);
            writer.Add(row.Descriptor.Name, row, matrix);
        }

        LevelEnds = writer.Complete(TestContext.Current.CancellationToken);
    }

    /// <summary>The formats.</summary>
    public FormatRegistry Registry { get; }

    /// <summary>The checkpoint.</summary>
    public string CheckpointPath { get; }

    /// <summary>The byte where each level ends.</summary>
    public IReadOnlyList<long> LevelEnds { get; }

    /// <summary>What was written, by format; a matrix has the name of its format.</summary>
    public Dictionary<string, CanonicalMatrix> Matrices { get; } = [];

    /// <summary>A file in the folder of the checkpoint.</summary>
    public string this[string name] => _folder[name];

    /// <summary>Asserts that another program's values are those of the oracle.</summary>
    /// <param name="file">The values of all matrices in ordinal order of their names, float32.</param>
    /// <param name="names">The matrices that it holds, in that order.</param>
    /// <param name="level">The level, or the highest that a format has below it.</param>
    public void AssertValues(string file, IEnumerable<string> names, int level)
    {
        ReadOnlySpan<float> actual = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(file));
        foreach (string name in names)
        {
            CanonicalMatrix matrix = Matrices[name];
            double[] expected = ReferenceDecoder.Decode(matrix, Math.Min(level, matrix.Format.Levels));
            double scale = expected.Max(Math.Abs);
            for (int i = 0; i < expected.Length; i++)
            {
                // The other program rounds to float32 now and then: a few units in the last place of the largest value.
                if (!(Math.Abs(expected[i] - actual[i]) <= 1e-6 * scale))
                    Assert.Fail($"{name}, level {level}, weight {i / matrix.Columns}, {i % matrix.Columns}: {actual[i]:G9}, the oracle has {expected[i]:G9}");
            }

            actual = actual[expected.Length..];
        }

        Assert.Equal(0, actual.Length);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
