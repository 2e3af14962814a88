using Dropwise.Cpu;

namespace Dropwise.ModelFiles.Tests;

public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SampleCheckpoint _sample = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_written_is_read_back()
    {
        _sample.Write(_folder["c.safetensors"], _folder);
        using CheckpointReader reader = Open();
        Assert.Equal(3, reader.Levels);
        Assert.Equal(3, reader.PresentLevels);
        Assert.Equal(_sample.Texts, reader.Texts);
        Assert.Equal([3], reader.Config.EndTokens);
        Assert.Equal(["a", "b"], reader.Tensors.Select(tensor => tensor.Name).Order());
        Assert.Equal([8, 9, 10, 11], reader.Tensors["b"].Bytes(0, 4).ToArray());
        Assert.Equal(_sample.Matrices.Keys, reader.Matrices.Keys.Order(StringComparer.Ordinal));
        AssertMatrices(reader, 3);
    }

    [Fact]
    public void Parts_that_were_one_instance_are_one_instance_and_one_tensor()
    {
        _sample.Write(_folder["c.safetensors"], _folder);
        using CheckpointReader reader = Open();
        Assert.Same(reader.Matrices["layers.0.k.weight"].Transform, reader.Matrices["layers.0.q.weight"].Transform);
        Assert.NotSame(reader.Matrices["layers.0.k.weight"].Transform, reader.Matrices["layers.1.k.weight"].Transform);
        Assert.Same(reader.Matrices["layers.1.o.weight"].Codebooks, reader.Matrices["layers.1.p.weight"].Codebooks);
        Assert.NotSame(reader.Matrices["layers.0.k.weight"].Codebooks, reader.Matrices["layers.0.q.weight"].Codebooks);
        string[] names = [.. reader.Contents.Select(tensor => tensor.Info.Name)];
        Assert.Equal(["layers.0.k.weight.signs", "layers.1.k.weight.signs"], names.Where(name => name.EndsWith(".signs")).Order(StringComparer.Ordinal));
        Assert.Equal(["codebooks.plain-shared.codebook.1", "codebooks.plain-shared.codebook.2"], names.Where(name => name.StartsWith("codebooks.")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Levels_lie_one_behind_the_other_and_every_tensor_is_aligned_as_its_length_allows()
    {
        IReadOnlyList<long> ends = _sample.Write(_folder["c.safetensors"], _folder);
        using CheckpointReader reader = Open();
        Assert.Equal(ends, reader.LevelEnds);
        Assert.Equal(new FileInfo(_folder["c.safetensors"]).Length, ends[^1]);
        long end = 0;
        foreach (CheckpointTensor tensor in reader.Contents)
        {
            Assert.True(tensor.Info.Offset >= end);
            end = tensor.Info.End;
            if (!CheckpointNames.IsPadding(tensor.Info.Name)) Assert.Equal(0, tensor.Info.Offset % Math.Min(64, tensor.Info.ByteLength & -tensor.Info.ByteLength));
            if (tensor.Info.Name.Contains(".codes.") || tensor.Info.Name.Contains(".codebook"))
                Assert.Equal(tensor.Info.Name.StartsWith("layers.0") ? tensor.Info.Name[^1] - '0' : tensor.Level, tensor.Level);
        }
    }

    [Fact]
    public void The_file_does_not_depend_on_the_order_in_which_tensors_were_added()
    {
        _sample.Write(_folder["c.safetensors"], _folder);
        _sample.Write(_folder["d.safetensors"], _folder, reversed: true);
        Assert.Equal(File.ReadAllBytes(_folder["c.safetensors"]), File.ReadAllBytes(_folder["d.safetensors"]));
        Assert.Equal(["c.safetensors", "d.safetensors", "source.safetensors"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_file_cut_anywhere_runs_at_its_complete_levels()
    {
        IReadOnlyList<long> ends = _sample.Write(_folder["c.safetensors"], _folder);
        byte[] whole = File.ReadAllBytes(_folder["c.safetensors"]);
        long[] cuts = [0, 1, 7, 8, 9, 1000, .. ends.SelectMany(end => (long[])[end - 65, end - 1, end, end + 1, end + 63, end + 64, end + 65])];
        foreach (long cut in cuts.Where(cut => cut <= whole.Length))
        {
            _folder.Write("c.safetensors", whole[..(int)cut]);
            int levels = ends.Count(end => end <= cut);
            if (levels == 0)
            {
                Assert.Contains("c.safetensors", Assert.Throws<ModelFileException>(Open).Message, StringComparison.Ordinal);
                continue;
            }

            using CheckpointReader reader = Open();
            Assert.Equal(levels, reader.PresentLevels);
            Assert.Equal(3, reader.Levels);
            Assert.All(reader.Contents, tensor => Assert.Equal(tensor.Level <= levels, tensor.IsPresent));
            AssertMatrices(reader, levels);
        }
    }

    [Fact]
    public void A_cut_inside_level_1_says_so()
    {
        IReadOnlyList<long> ends = _sample.Write(_folder["c.safetensors"], _folder);
        byte[] whole = File.ReadAllBytes(_folder["c.safetensors"]);
        _folder.Write("c.safetensors", whole[..(int)(ends[0] - 1)]);
        Assert.Contains($"cut inside level 1: it has {ends[0] - 1} bytes, level 1 ends at byte {ends[0]}", Assert.Throws<ModelFileException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_form_of_model_opens_by_its_content()
    {
        _sample.Write(_folder["c.safetensors"], _folder);
        using (ModelSource checkpoint = ModelSource.OpenAny(_folder["c.safetensors"], PlainFormat.Registry))
            Assert.IsType<CheckpointReader>(checkpoint);
        _folder.Write("config.json", _sample.Texts.Config);
        using (ModelSource single = ModelSource.OpenAny(_folder["source.safetensors"], PlainFormat.Registry))
            Assert.IsType<ModelFolder>(single);
        File.Move(_folder["source.safetensors"], _folder["model.safetensors"]);
        using (ModelSource folder = ModelSource.OpenAny(_folder.Path, PlainFormat.Registry))
            Assert.IsType<ModelFolder>(folder);
        Assert.Throws<ModelFileException>(() => ModelSource.OpenAny(_folder["none"], PlainFormat.Registry));
    }

    private CheckpointReader Open() => CheckpointReader.Open(_folder["c.safetensors"], PlainFormat.Registry);

    private void AssertMatrices(CheckpointReader reader, int levels)
    {
        foreach ((string name, (FormatRow row, CanonicalMatrix matrix)) in _sample.Matrices)
        {
            int present = Math.Min(levels, row.Descriptor.Levels);
            Assert.Equal(present, reader.Matrices[name].Levels);
            SampleMatrix.AssertEqual(matrix, reader.ReadCanonical(name), row.Descriptor.CodebooksAt(present));
        }
    }
}
