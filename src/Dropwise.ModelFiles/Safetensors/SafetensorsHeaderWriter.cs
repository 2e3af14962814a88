using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dropwise.ModelFiles;

/// <summary>Writes the length field and the JSON header of a safetensors file.</summary>
internal static class SafetensorsHeaderWriter
{
    /// <summary>Data start at a multiple of a cache line, which is also a 512-bit vector.</summary>
    public const int Alignment = 64;

    /// <summary>Composes the bytes before the data: length field, JSON, spaces up to <see cref="Alignment"/>.</summary>
    /// <param name="tensors">The tensors in the order of their data.</param>
    /// <param name="metadata">The strings of <c>__metadata__</c>, in the order in which they are written.</param>
    /// <exception cref="ArgumentException">Two tensors have one name, or one has the metadata's.</exception>
    public static byte[] Compose(IEnumerable<TensorContent> tensors, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        var buffer = new ArrayBufferWriter<byte>(1 << 16);
        buffer.Write(stackalloc byte[SafetensorsFile.PrefixBytes]);

        // The default encoder would escape each quote of the embedded tokenizer with six characters.
        var options = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            WriteTensors(json, tensors);
            json.WriteEndObject();
        }

        int padding = -buffer.WrittenCount & (Alignment - 1);
        buffer.Write(Encoding.ASCII.GetBytes(new string(' ', padding)));
        byte[] header = buffer.WrittenSpan.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)(header.Length - SafetensorsFile.PrefixBytes));
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        json.WriteStartObject("__metadata__");
        foreach ((string key, string value) in metadata) json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteTensors(Utf8JsonWriter json, IEnumerable<TensorContent> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { "__metadata__" };
        long offset = 0;
        foreach (TensorContent tensor in tensors)
        {
            if (!names.Add(tensor.Name)) throw new ArgumentException($"two tensors are named '{tensor.Name}'");
            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype", TensorTypes.NameOf(tensor.Type));
            json.WriteStartArray("shape");
            foreach (long dimension in tensor.Shape) json.WriteNumberValue(dimension);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(offset);
            json.WriteNumberValue(offset += tensor.ByteLength);
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
