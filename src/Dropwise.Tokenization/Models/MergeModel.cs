using System.Buffers;
using System.Globalization;
using System.Text;

namespace Dropwise.Tokenization.Models;

/// <summary>
/// Byte-pair encoding for what Microsoft.ML.Tokenizers 2.0.1 cannot do: byte fallback, whole pieces that are tokens
/// (<c>ignore_merges</c>), alphabets that lack a byte, and pieces so long that its quadratic merging stalls (a million letters: 142 s).
/// </summary>
internal sealed class MergeModel : ITokenModel
{
    private readonly BpeDefinition _definition;
    private readonly MergeTable _table;

    /// <summary>The token of each byte, by byte-level character or by <c>&lt;0xNN&gt;</c>; −1 where there is none.</summary>
    private readonly int[] _byteIds = new int[256];

    /// <summary>The token of each character up to U+FFFF; −1 where there is none. Empty for tokens that are spelled in bytes.</summary>
    private readonly int[] _characterIds = [];

    /// <summary>A workspace that no call uses right now; calls on other threads make their own.</summary>
    private MergeWorkspace? _spare;

    /// <param name="definition">The encoding.</param>
    internal MergeModel(BpeDefinition definition)
    {
        _definition = definition;
        _table = new MergeTable(definition.Merges);
        for (int value = 0; value < _byteIds.Length; value++)
        {
            string token = definition.IsByteLevel
                ? ByteAlphabet.Characters[value].ToString()
                : string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");
            _byteIds[value] = definition.Vocabulary.TryGetId(token, out int id) ? id : -1;
        }
        if (!definition.IsByteLevel)
            _characterIds = CreateCharacterIds(definition.Vocabulary);
    }

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (_definition.IgnoresMerges && TryGetWhole(piece, out int whole))
        {
            ids.Add(whole);
            return;
        }
        MergeWorkspace workspace = Interlocked.Exchange(ref _spare, null) ?? new MergeWorkspace(_table);
        if (_definition.IsByteLevel)
            AddBytes(piece, workspace, ids);
        else
            AddCharacters(piece, workspace);
        workspace.Merge(ids);
        _spare = workspace;
    }

    private bool TryGetWhole(ReadOnlySpan<char> piece, out int id)
    {
        if (!_definition.IsByteLevel)
            return _definition.Vocabulary.TryGetId(piece, out id);

        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(piece.Length));
        int count = Encoding.UTF8.GetBytes(piece, bytes);
        char[] spelled = ArrayPool<char>.Shared.Rent(count);
        for (int index = 0; index < count; index++)
            spelled[index] = ByteAlphabet.Characters[bytes[index]];
        bool found = _definition.Vocabulary.TryGetId(spelled.AsSpan(0, count), out id);
        ArrayPool<char>.Shared.Return(spelled);
        ArrayPool<byte>.Shared.Return(bytes);
        return found;
    }

    private void AddBytes(ReadOnlySpan<char> piece, MergeWorkspace workspace, List<int> ids)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(piece.Length));
        int count = Encoding.UTF8.GetBytes(piece, bytes);
        bool lastIsUnknown = false;
        bool lastIsNumber = false;
        foreach (byte value in bytes.AsSpan(0, count))
        {
            if (_definition.CutsAtNumericBytes && char.IsNumber(ByteAlphabet.Characters[value]) != lastIsNumber)
            {
                workspace.Merge(ids);
                lastIsNumber = !lastIsNumber;
            }
            if (_byteIds[value] >= 0)
            {
                workspace.Add(_byteIds[value]);
                lastIsUnknown = false;
            }
            else
            {
                AddUnknown(workspace, ref lastIsUnknown);
            }
        }
        ArrayPool<byte>.Shared.Return(bytes);
    }

    private void AddCharacters(ReadOnlySpan<char> piece, MergeWorkspace workspace)
    {
        Span<byte> utf8 = stackalloc byte[4];
        bool lastIsUnknown = false;
        while (!piece.IsEmpty)
        {
            Rune.DecodeFromUtf16(piece, out Rune rune, out int units);
            if (TryGetCharacter(piece[..units], out int id))
            {
                workspace.Add(id);
                lastIsUnknown = false;
            }
            else if (_definition.HasByteFallback && TryAddFallback(utf8[..rune.EncodeToUtf8(utf8)], workspace))
            {
                lastIsUnknown = false;
            }
            else
            {
                AddUnknown(workspace, ref lastIsUnknown);
            }
            piece = piece[units..];
        }
    }

    private bool TryGetCharacter(ReadOnlySpan<char> character, out int id)
    {
        if (character.Length > 1)
            return _definition.Vocabulary.TryGetId(character, out id);
        id = _characterIds[character[0]];
        return id >= 0;
    }

    /// <summary>Adds the bytes of a character, all or none of them.</summary>
    private bool TryAddFallback(ReadOnlySpan<byte> utf8, MergeWorkspace workspace)
    {
        foreach (byte value in utf8)
        {
            if (_byteIds[value] < 0)
                return false;
        }
        foreach (byte value in utf8)
            workspace.Add(_byteIds[value]);
        return true;
    }

    private void AddUnknown(MergeWorkspace workspace, ref bool lastIsUnknown)
    {
        if (_definition.UnknownId is int unknown && !(lastIsUnknown && _definition.FusesUnknown))
            workspace.Add(unknown);
        lastIsUnknown = true;
    }

    private static int[] CreateCharacterIds(Vocabulary vocabulary)
    {
        var ids = new int[char.MaxValue + 1];
        Array.Fill(ids, -1);
        foreach ((string token, int id) in vocabulary.Ids)
        {
            if (token.Length == 1)
                ids[token[0]] = id;
        }
        return ids;
    }
}
