namespace Dropwise.Tokenization.Normalizers;

/// <summary>Which texts a prefix is put before.</summary>
internal enum PrependCondition
{
    /// <summary>Every text between added tokens.</summary>
    Always,

    /// <summary>Every text between added tokens that does not begin with the prefix.</summary>
    UnlessPresent,

    /// <summary>Only the one that opens the whole text, and only if it does not begin with the prefix.</summary>
    OpeningUnlessPresent,
}
