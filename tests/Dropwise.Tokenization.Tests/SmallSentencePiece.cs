using Google.Protobuf;

namespace Dropwise.Tokenization.Tests;

/// <summary>A tokenizer.model with a handful of pieces.</summary>
internal static class SmallSentencePiece
{
    /// <summary>A model of eight pieces: &lt;unk&gt;, &lt;s&gt;, &lt;/s&gt;, ▁, a, b, ab, ▁a.</summary>
    internal static byte[] Model(int type = 2, bool removesSpaces = false, bool hasMap = false)
    {
        (string Text, float Score, int Type)[] pieces =
        [
            ("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("▁", -3, 1), ("a", -4, 1), ("b", -5, 1), ("ab", -1, 1), ("▁a", -2, 1),
        ];
        return Message(model =>
        {
            foreach ((string text, float score, int pieceType) in pieces)
            {
                WriteMessage(model, 1, piece =>
                {
                    piece.WriteTag(1, WireFormat.WireType.LengthDelimited);
                    piece.WriteString(text);
                    piece.WriteTag(2, WireFormat.WireType.Fixed32);
                    piece.WriteFloat(score);
                    WriteNumber(piece, 3, pieceType);
                });
            }
            WriteMessage(model, 2, trainer => WriteNumber(trainer, 3, type));
            WriteMessage(model, 3, normalizer =>
            {
                if (hasMap)
                {
                    normalizer.WriteTag(2, WireFormat.WireType.LengthDelimited);
                    normalizer.WriteBytes(ByteString.CopyFrom(1, 2, 3));
                }
                WriteNumber(normalizer, 4, removesSpaces ? 1 : 0);
            });
        });
    }

    private static void WriteNumber(CodedOutputStream output, int field, int value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt32(value);
    }

    private static void WriteMessage(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(Message(write)));
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        var output = new CodedOutputStream(stream);
        write(output);
        output.Flush();
        return stream.ToArray();
    }
}
