using Dropwise.Cpu;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Models;

namespace Dropwise.Inference.Tests.Published;

/// <summary>Models as the authors of AQLM and SpQR publish them, against what their layouts stand for in float64.</summary>
public sealed class PublishedModelTests
{
    private static int[] Tokens { get; } = [.. Enumerable.Range(0, 40).Select(static i => i * 37 % 96)];

    public static TheoryData<string> Models => ["aqlm 1x15 g8", "aqlm 1x16 g8", "aqlm 1x16 g16", "aqlm 2x8 g8", "aqlm 1x8 g8", "spqr rows", "spqr tiles", "spqr ordered"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_matrix_stands_for_what_the_layout_says(string model)
    {
        using PublishedFolder folder = Write(model);
        using ModelSource source = folder.Open();
        Assert.Equal(folder.Weights.Keys.Order(StringComparer.Ordinal), source.Matrices.Keys.Order(StringComparer.Ordinal));
        foreach ((string name, double[] expected) in folder.Weights)
        {
            var decoded = new float[expected.Length];
            source.Matrices[name].DecodeRows(0, decoded);
            double largest = expected.Max(Math.Abs);
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], decoded[i], 1e-6 * largest);
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void The_model_gives_the_logits_of_the_weights_that_it_stands_for(string model)
    {
        using PublishedFolder folder = Write(model);
        using ModelWeights unquantized = folder.Unquantized();
        using ModelWeights published = WeightLoader.Load(folder.Open());
        float[] expected = Logits(unquantized, Precision.Exact, 512), exact = Logits(published, Precision.Exact, 512);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], exact[i], 1e-4);

        // 8-bit activations and tables: the class of one product, and a layer has several.
        foreach (int batch in (ReadOnlySpan<int>)[1, 4, 512]) Assert.InRange(Relative(expected, Logits(published, Precision.Fast, batch)), 0, 0.05);
    }

    [Theory]
    [InlineData("aqlm 1x16 g8")]
    [InlineData("aqlm 2x8 g8")]
    [InlineData("spqr tiles")]
    public void It_can_be_quantized_to_another_format(string model)
    {
        using PublishedFolder folder = Write(model);
        string output = Path.Combine(folder.Folder, "quantized.safetensors");
        using (ModelSource source = folder.Open())
            ModelQuantizer.Quantize(source, output, new ModelQuantizationOptions { Format = PublishedFolder.Registry["int8g32"] }, cancellation: TestContext.Current.CancellationToken);
        using ModelWeights unquantized = folder.Unquantized();
        using ModelWeights quantized = WeightLoader.Load(ModelSource.OpenAny(output, PublishedFolder.Registry));
        Assert.InRange(Relative(Logits(unquantized, Precision.Exact, 512), Logits(quantized, Precision.Exact, 512)), 0, 0.05);
    }

    private static PublishedFolder Write(string model)
    {
        if (model.StartsWith("spqr", StringComparison.Ordinal))
        {
            return new PublishedFolder(SpqrLayer.Config(), (name, rows, columns, random) =>
                SpqrLayer.Create(name, rows, columns, random, byTiles: model.EndsWith("tiles", StringComparison.Ordinal), isOrdered: model.EndsWith("ordered", StringComparison.Ordinal)));
        }

        int[] shape = [.. model["aqlm ".Length..].Split('x', ' ').Select(static part => int.Parse(part.TrimStart('g'), System.Globalization.CultureInfo.InvariantCulture))];
        return new PublishedFolder(AqlmLayer.Config(shape[0], shape[1], shape[2]), (name, rows, columns, random) =>
            AqlmLayer.Create(name, rows, columns, random, shape[0], shape[1], shape[2]));
    }

    private static float[] Logits(ModelWeights model, Precision precision, int batch)
    {
        using var team = new WorkerTeam(2);
        using var session = new CpuSession(model, team, new SessionOptions { Precision = precision, Batch = batch, Context = Tokens.Length });
        session.Append(Tokens);
        return session.Logits.ToArray();
    }

    private static double Relative(float[] expected, float[] actual)
    {
        double error = 0, size = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            error += Math.Pow(actual[i] - expected[i], 2);
            size += Math.Pow(expected[i], 2);
        }

        return Math.Sqrt(error / size);
    }
}
