using Dropwise.Reference;

namespace Dropwise.ModelFiles.Tests;

/// <summary>The checkpoint with the formats and the layouts that ship.</summary>
public sealed class EveryFormatTests(EveryFormatFixture fixture) : IClassFixture<EveryFormatFixture>
{
    [Fact]
    public void Every_format_comes_back_from_its_kernel_layout()
    {
        using CheckpointReader reader = CheckpointReader.Open(fixture.CheckpointPath, fixture.Registry);
        Assert.Equal(fixture.Registry.Rows.Length, reader.Matrices.Count);
        foreach ((string name, CanonicalMatrix matrix) in fixture.Matrices)
            SampleMatrix.AssertEqual(matrix, reader.ReadCanonical(name), matrix.Format.CodebookCount);
    }

    [Fact]
    public void A_cut_file_has_the_values_of_its_levels()
    {
        byte[] bytes = File.ReadAllBytes(fixture.CheckpointPath);
        for (int level = 1; level < fixture.LevelEnds.Count; level++)
        {
            string path = fixture[$"cut-{level}.safetensors"];
            File.WriteAllBytes(path, bytes[..(int)fixture.LevelEnds[level - 1]]);
            using CheckpointReader cut = CheckpointReader.Open(path, fixture.Registry);
            Assert.Equal(level, cut.PresentLevels);
            foreach ((string name, CanonicalMatrix whole) in fixture.Matrices)
            {
                int present = Math.Min(level, whole.Format.Levels);
                Assert.Equal(present, cut.Matrices[name].Levels);
                Assert.Equal(ReferenceDecoder.Decode(whole, present), ReferenceDecoder.Decode(cut.ReadCanonical(name), present));
            }
        }
    }
}
