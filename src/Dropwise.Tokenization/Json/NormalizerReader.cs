using Dropwise.Tokenization.Normalizers;

namespace Dropwise.Tokenization.Json;

/// <summary>Reads the part <c>normalizer</c> of tokenizer.json.</summary>
internal static class NormalizerReader
{
    /// <summary>Reads a normalizer; a sequence adds each of its steps.</summary>
    internal static void Read(JsonPart part, List<ITextNormalizer> steps)
    {
        string type = part.Require("type").Text();
        switch (type)
        {
            case "Sequence":
                foreach (JsonPart step in part.Require("normalizers").Items())
                    Read(step, steps);
                break;
            case "Prepend":
                steps.Add(new PrependNormalizer(PatternReader.Insertion(part.Require("prepend")), PrependCondition.Always));
                break;
            case "Replace":
                steps.Add(new ReplaceNormalizer(PatternReader.Literal(part), PatternReader.Insertion(part.Require("content"))));
                break;
            case "NFC":
                steps.Add(new ComposingNormalizer());
                break;
            default:
                throw part.Fail($"the normalizer {TokenizerException.Quote(type)} is not supported");
        }
    }
}
