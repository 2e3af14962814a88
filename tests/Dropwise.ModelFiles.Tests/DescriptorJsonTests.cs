using System.Text.Json;
using System.Text.Json.Serialization;
using Dropwise.Formats;

namespace Dropwise.ModelFiles.Tests;

public sealed class DescriptorJsonTests
{
    // What the files of version 1 were written with: a property that a descriptor gains must not be forgotten.
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        IgnoreReadOnlyProperties = true,
        Converters = { new JsonStringEnumConverter() },
    };

    [Fact]
    public void Every_format_is_written_with_all_that_it_declares()
    {
        foreach (Cpu.FormatRow row in FormatTable.Rows)
        {
            string expected = $"{{\"{row.Descriptor.Name}\":{JsonSerializer.Serialize(row.Descriptor, Options)}}}";
            Assert.Equal(expected, DescriptorJson.Write(new SortedDictionary<string, FormatDescriptor> { [row.Descriptor.Name] = row.Descriptor }));
            Assert.True(JsonElement.DeepEquals(JsonSerializer.SerializeToElement(row.Descriptor, Options), DescriptorJson.Element(row.Descriptor)));
        }
    }
}
