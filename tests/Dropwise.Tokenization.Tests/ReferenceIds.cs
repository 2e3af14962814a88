using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Dropwise.Testing;

namespace Dropwise.Tokenization.Tests;

/// <summary>The ids that Hugging Face's tokenizers give, from <c>tokenizers/reference-ids.json</c>.</summary>
internal sealed record ReferenceIds(int Count, string Sha256, IReadOnlyList<(string Line, int[] Ids)> Lines)
{
    /// <summary>The reference of a model for a text; skips the test where the data is not at hand.</summary>
    internal static ReferenceIds Find(string model, string text)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(TestData.Find("tokenizers/reference-ids.json")));
        JsonElement entry = document.RootElement.GetProperty(model).GetProperty(text);
        return new ReferenceIds(
            entry.GetProperty("count").GetInt32(),
            entry.GetProperty("sha256").GetString()!,
            [.. entry.GetProperty("lines").EnumerateArray().Select(
                pair => (pair[0].GetString()!, pair[1].EnumerateArray().Select(id => id.GetInt32()).ToArray()))]);
    }

    /// <summary>The checksum that the reference uses: SHA-256 of the ids as little-endian uint32.</summary>
    internal static string Checksum(int[] ids) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(ids.AsSpan())));
}
