using Google.Protobuf;

namespace Dropwise.Tokenization.SentencePiece;

/// <summary>
/// The fields of a tokenizer.model that encoding needs: the message ModelProto of <c>sentencepiece_model.proto</c>, whose numbers and
/// defaults stand below. Microsoft.ML.Tokenizers reads such files too, but it keeps the scores to itself, encodes 1.2 MB/s, and
/// differs from the reference on WikiText-2.
/// </summary>
internal sealed class SentencePieceFile
{
    /// <summary>ModelType.BPE; 1 is Unigram, 3 words, 4 characters.</summary>
    internal const int BytePairModel = 2;

    private readonly List<Piece> _pieces = [];

    /// <summary>The pieces in order of id.</summary>
    internal IReadOnlyList<Piece> Pieces => _pieces;

    /// <summary>TrainerSpec.model_type.</summary>
    internal int ModelType { get; private set; } = 1;

    /// <summary>TrainerSpec.treat_whitespace_as_suffix: ▁ ends a word instead of beginning it.</summary>
    internal bool HasWordEnds { get; private set; }

    /// <summary>TrainerSpec.byte_fallback.</summary>
    internal bool HasByteFallback { get; private set; }

    /// <summary>TrainerSpec.unk_id.</summary>
    internal int UnknownId { get; private set; }

    /// <summary>TrainerSpec.bos_id; negative for none.</summary>
    internal int BeginOfTextId { get; private set; } = 1;

    /// <summary>TrainerSpec.eos_id; negative for none.</summary>
    internal int EndOfTextId { get; private set; } = 2;

    /// <summary>NormalizerSpec.precompiled_charsmap has rules.</summary>
    internal bool HasCharacterMap { get; private set; }

    /// <summary>NormalizerSpec.add_dummy_prefix: a ▁ goes before the text.</summary>
    internal bool AddsDummyPrefix { get; private set; } = true;

    /// <summary>NormalizerSpec.remove_extra_whitespaces.</summary>
    internal bool RemovesExtraSpaces { get; private set; } = true;

    /// <summary>NormalizerSpec.escape_whitespaces: ▁ stands for a space.</summary>
    internal bool EscapesSpaces { get; private set; } = true;

    /// <summary>Parses a file.</summary>
    /// <param name="content">Its bytes.</param>
    /// <param name="source">The file, as messages name it.</param>
    /// <exception cref="TokenizerException">It is no protocol buffer.</exception>
    internal static SentencePieceFile Parse(byte[] content, string source)
    {
        var file = new SentencePieceFile();
        try
        {
            file.ReadModel(new CodedInputStream(content));
        }
        catch (InvalidProtocolBufferException malformed)
        {
            string problem = malformed.Message.ReplaceLineEndings(" ");
            throw new TokenizerException(source, "", $"is no SentencePiece model: {problem}", malformed);
        }
        return file;
    }

    private void ReadModel(CodedInputStream input)
    {
        while (input.ReadTag() is var tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    _pieces.Add(ReadPiece(Message(input)));
                    break;
                case 2:
                    ReadTrainer(Message(input));
                    break;
                case 3:
                    ReadNormalizer(Message(input));
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }

    private static Piece ReadPiece(CodedInputStream input)
    {
        var piece = new Piece("", 0, PieceType.Normal);
        while (input.ReadTag() is var tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    piece = piece with { Text = input.ReadString() };
                    break;
                case 2:
                    piece = piece with { Score = input.ReadFloat() };
                    break;
                case 3:
                    piece = piece with { Type = (PieceType)input.ReadEnum() };
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
        return piece;
    }

    private void ReadTrainer(CodedInputStream input)
    {
        while (input.ReadTag() is var tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 3:
                    ModelType = input.ReadEnum();
                    break;
                case 24:
                    HasWordEnds = input.ReadBool();
                    break;
                case 35:
                    HasByteFallback = input.ReadBool();
                    break;
                case 40:
                    UnknownId = input.ReadInt32();
                    break;
                case 41:
                    BeginOfTextId = input.ReadInt32();
                    break;
                case 42:
                    EndOfTextId = input.ReadInt32();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }

    private void ReadNormalizer(CodedInputStream input)
    {
        while (input.ReadTag() is var tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 2:
                    HasCharacterMap = !input.ReadBytes().IsEmpty;
                    break;
                case 3:
                    AddsDummyPrefix = input.ReadBool();
                    break;
                case 4:
                    RemovesExtraSpaces = input.ReadBool();
                    break;
                case 5:
                    EscapesSpaces = input.ReadBool();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }

    /// <summary>The message that a field holds.</summary>
    private static CodedInputStream Message(CodedInputStream input) => input.ReadBytes().CreateCodedInput();
}
