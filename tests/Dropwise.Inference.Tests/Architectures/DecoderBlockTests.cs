using Dropwise.Inference.Blocks;
using Dropwise.ModelFiles;
using Dropwise.Testing;

namespace Dropwise.Inference.Tests.Architectures;

/// <summary>Layers as quantization calibrates with them, against the float64 reference: every family, past windows and scalings.</summary>
public sealed class DecoderBlockTests(ITestOutputHelper output)
{
    private const int Length = 110;
    private const double Tolerance = 1e-4;

    public static TheoryData<string> Golden => GoldenLogitsTests.Families;

    public static TheoryData<string, string> Configurations => LongTextTests.Configurations;

    [Theory]
    [MemberData(nameof(Golden))]
    public void A_golden_model_gives_the_logits_of_the_reference(string family) => Compare(ModelFolder.Open(TestData.Find($"models/golden/{family}")), family);

    [Theory]
    [MemberData(nameof(Configurations))]
    public void A_form_of_a_family_gives_the_logits_of_the_reference(string name, string fields)
    {
        using var synthetic = new SyntheticModel($"{{{LongTextTests.Small},{fields}}}");
        Compare(ModelFolder.Open(synthetic.Folder), name);
    }

    private unsafe void Compare(ModelSource source, string name)
    {
        using ModelWeights model = WeightLoader.Load(source);
        var random = new Random(3);
        int[] tokens = [.. Enumerable.Range(0, Length).Select(_ => random.Next(model.Config.VocabularySize))];
        double[][] expected = new ReferenceDecoder(model).Logits(tokens);
        using var blocks = new DecoderBlocks(source, Length);
        float[] residual = blocks.Embed(tokens);
        for (int layer = 0; layer < model.Config.Layers; layer++) blocks.Read(layer).Forward(residual);

        int hidden = model.Config.HiddenSize;
        var finalNorm = new Norm(model.FinalNorm, model.Config.Norm);
        float[] row = new float[hidden];
        double worst = 0;
        fixed (float* stream = residual, head = row)
        {
            for (int token = 0; token < Length; token++) finalNorm.Apply(stream + (token * hidden), stream + (token * hidden));
            for (int id = 0; id < model.Config.VocabularySize; id++)
            {
                model.Head.DequantizeRow(1, id, head);
                for (int token = 0; token < Length; token++)
                {
                    double logit = 0;
                    for (int i = 0; i < hidden; i++) logit += (double)row[i] * residual[(token * hidden) + i];
                    if (model.Config.FinalLogitCap is { } cap) logit = cap * Math.Tanh(logit / cap);
                    double difference = Math.Abs(expected[token][id] - logit);
                    if (!(difference <= worst)) worst = difference;
                }
            }
        }

        output.WriteLine($"{name}: {worst:0.0e+0}");
        Assert.InRange(worst, 0, Tolerance);
    }
}
