using Dropwise.Tokenization.Decoders;

namespace Dropwise.Tokenization.Json;

/// <summary>Reads the part <c>decoder</c> of tokenizer.json.</summary>
internal static class DecoderReader
{
    /// <summary>Reads a decoder; a sequence applies its steps in order.</summary>
    /// <param name="part">The part.</param>
    /// <param name="decoder">What the steps before it do.</param>
    internal static DecoderDefinition Read(JsonPart part, DecoderDefinition decoder)
    {
        string type = part.Require("type").Text();
        switch (type)
        {
            case "Sequence":
                foreach (JsonPart step in part.Require("decoders").Items())
                    decoder = Read(step, decoder);
                return decoder;
            case "ByteLevel":
                return decoder with { IsByteLevel = true };
            case "ByteFallback":
                return decoder with { HasByteFallback = true };
            case "Fuse":
                // Tokens are joined in any case.
                return decoder;
            case "Replace":
                return Replacing(decoder, PatternReader.Literal(part), PatternReader.Insertion(part.Require("content")));
            case "Strip":
                return ReadStrip(part, decoder);
            case "Metaspace":
                bool strips = part.Find("prepend_scheme")?.Text() != "never" && part.Flag("add_prefix_space", absent: true);
                decoder = Replacing(decoder, PatternReader.Replacement(part), " ");
                return strips ? decoder with { StrippedCharacter = ' ', StripCount = 1 } : decoder;
            default:
                throw part.Fail($"the decoder {TokenizerException.Quote(type)} is not supported");
        }
    }

    private static DecoderDefinition Replacing(DecoderDefinition decoder, string pattern, string content) =>
        decoder with { Replacements = [.. decoder.Replacements, (pattern, content)] };

    private static DecoderDefinition ReadStrip(JsonPart part, DecoderDefinition decoder)
    {
        string content = part.Require("content").Text();
        int start = part.Require("start").Integer();
        if (content.Length != 1 || start < 0)
            throw part.Fail("only one character can be stripped, zero or more times");
        if (part.Require("stop").Integer() != 0)
            throw part.Fail("stripping the end of a text is not supported");
        return decoder with { StrippedCharacter = content[0], StripCount = start };
    }
}
