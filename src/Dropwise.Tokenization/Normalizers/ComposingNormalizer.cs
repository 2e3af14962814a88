using System.Runtime.InteropServices;
using System.Text;
using Dropwise.Tokenization.Normalizers.Canonical;

namespace Dropwise.Tokenization.Normalizers;

/// <summary>Unicode normalization form C: equivalent spellings of a character become one, its composed form where there is one.</summary>
internal sealed class ComposingNormalizer : ITextNormalizer
{
    private readonly CanonicalData _data = CanonicalData.Instance;

    /// <inheritdoc/>
    public string Normalize(string text, bool opensText)
    {
        if (!text.AsSpan().ContainsAny(_data.Triggers))
            return text;
        var characters = new List<int>(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            Decompose(rune.Value, characters);
        OrderMarks(characters);
        Compose(characters);

        var composed = new StringBuilder(text.Length);
        foreach (int character in characters)
            composed.Append(new Rune(character));
        return composed.ToString();
    }

    /// <summary>Adds a character in parts.</summary>
    private void Decompose(int character, List<int> characters)
    {
        if (!_data.TryDecompose(character, out (int First, int Second) parts))
        {
            characters.Add(character);
            return;
        }
        Decompose(parts.First, characters);
        if (parts.Second != CanonicalData.None)
            Decompose(parts.Second, characters);
    }

    /// <summary>Orders the marks on each letter by class; marks of one class keep their order.</summary>
    private void OrderMarks(List<int> characters)
    {
        int end;
        for (int start = 0; start < characters.Count; start = end + 1)
        {
            end = start;
            while (end < characters.Count && _data.Class(characters[end]) > 0)
                end++;
            if (end - start < 2)
                continue;
            int[] ordered = [.. CollectionsMarshal.AsSpan(characters)[start..end].ToArray().OrderBy(_data.Class)];
            ordered.CopyTo(CollectionsMarshal.AsSpan(characters)[start..]);
        }
    }

    /// <summary>Joins each mark with the letter before it where that makes one character and no mark of its class stands between.</summary>
    private void Compose(List<int> characters)
    {
        int kept = 0;
        int letter = -1;
        int lastClass = 0;
        for (int index = 0; index < characters.Count; index++)
        {
            int character = characters[index];
            int combining = _data.Class(character);
            bool isBlocked = kept - 1 > letter && lastClass >= combining;
            if (letter >= 0 && !isBlocked && _data.TryCompose(characters[letter], character, out int composite))
            {
                characters[letter] = composite;
                continue;
            }
            if (combining == 0)
                letter = kept;
            lastClass = combining;
            characters[kept++] = character;
        }
        characters.RemoveRange(kept, characters.Count - kept);
    }
}
