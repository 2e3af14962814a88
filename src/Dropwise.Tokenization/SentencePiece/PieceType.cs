namespace Dropwise.Tokenization.SentencePiece;

/// <summary>The kinds of pieces, with the numbers of <c>sentencepiece_model.proto</c>.</summary>
internal enum PieceType
{
    /// <summary>A piece that merges build.</summary>
    Normal = 1,

    /// <summary>What stands for characters without a piece.</summary>
    Unknown = 2,

    /// <summary>A token that controls the model.</summary>
    Control = 3,

    /// <summary>A piece that is found by its spelling.</summary>
    UserDefined = 4,

    /// <summary>A piece that is never given out.</summary>
    Unused = 5,

    /// <summary>A byte, spelled <c>&lt;0xNN&gt;</c>.</summary>
    Byte = 6,
}
