namespace Dropwise.Tokenization.Json;

/// <summary>Reads the part <c>post_processor</c> of tokenizer.json: what stands around a text.</summary>
internal static class TemplateReader
{
    /// <summary>The most ids around a text, and pieces of a template. One or two are in use.</summary>
    private const int Most = 64;

    /// <summary>Reads the template of a single text.</summary>
    /// <param name="part">The part.</param>
    /// <param name="template">What the processors before it put around the text.</param>
    internal static TextTemplate Read(JsonPart part, TextTemplate template)
    {
        string type = part.Require("type").Text();
        switch (type)
        {
            case "ByteLevel":
                // It only moves offsets, which nobody asks for here.
                return template;
            case "Sequence":
                foreach (JsonPart step in part.Require("processors").Items())
                    template = Read(step, template);
                return template;
            case "TemplateProcessing":
                return ReadTemplate(part, template);
            default:
                throw part.Fail($"the post-processor {TokenizerException.Quote(type)} is not supported");
        }
    }

    private static TextTemplate ReadTemplate(JsonPart part, TextTemplate inner)
    {
        var before = new List<int>();
        var after = new List<int>();
        bool isPastText = false;
        JsonPart single = part.Require("single");
        if (single.Count > Most)
            throw single.Fail($"has {single.Count} pieces; at most {Most} are supported");
        foreach (JsonPart piece in single.Items())
        {
            if (piece.Find("SpecialToken") is JsonPart special)
                AddIds(part, special.Require("id"), isPastText ? after : before);
            else if (piece.Find("Sequence") is not null)
                isPastText = true;
            else
                throw piece.Fail("is neither a 'SpecialToken' nor a 'Sequence'");
        }
        int count = before.Count + inner.Before.Count + inner.After.Count + after.Count;
        return count <= Most
            ? new TextTemplate([.. before, .. inner.Before], [.. inner.After, .. after])
            : throw single.Fail($"puts {count} tokens around a text; at most {Most} are supported");
    }

    private static void AddIds(JsonPart template, JsonPart name, List<int> ids)
    {
        JsonPart token = template.Require("special_tokens").Find(name.Text())
            ?? throw name.Fail($"{TokenizerException.Quote(name.Text())} is not among the special_tokens");
        JsonPart list = token.Require("ids");
        if (list.Count > Most)
            throw list.Fail($"has {list.Count} ids; at most {Most} are supported");
        foreach (JsonPart id in list.Items())
            ids.Add(id.TokenId());
    }
}
