using System.Buffers;
using System.Globalization;
using System.IO.Compression;

namespace Dropwise.Tokenization.Normalizers.Canonical;

/// <summary>
/// What Unicode says about the canonical equivalence of characters. .NET asks ICU for it, which a single native file does not carry:
/// under invariant globalization <see cref="string.Normalize()"/> returns its input.
/// </summary>
internal sealed class CanonicalData
{
    /// <summary>The second part of a decomposition into one character.</summary>
    internal const int None = 0;

    private const string Resource = "canonical-data.txt";

    private static readonly Lazy<CanonicalData> Shared = new(() => new CanonicalData(ReadLines()));

    private readonly Dictionary<int, byte> _classes = [];
    private readonly Dictionary<int, (int First, int Second)> _decompositions = [];
    private readonly Dictionary<(int First, int Second), int> _compositions = [];

    private CanonicalData(IEnumerable<string> lines)
    {
        foreach (string line in lines.Where(line => !line.StartsWith('#')))
        {
            // The file's head describes the three kinds of lines.
            int[] numbers = [.. line.Split(' ').Skip(1).Select(number => int.Parse(number, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            if (line[0] == 'c')
            {
                for (int character = numbers[0]; character <= numbers[1]; character++)
                    _classes[character] = (byte)numbers[2];
                continue;
            }
            (int First, int Second) pair = (numbers[1], numbers is [_, _, int second] ? second : None);
            _decompositions[numbers[0]] = pair;
            if (line[0] == 'd')
                _compositions[pair] = numbers[0];
        }
        Triggers = CreateTriggers();
    }

    /// <summary>The data of this library's Unicode version, read when it is first asked for.</summary>
    internal static CanonicalData Instance => Shared.Value;

    /// <summary>
    /// UTF-16 units without which a text is composed already. Beyond U+FFFF the first half of a pair decides.
    /// </summary>
    internal SearchValues<char> Triggers { get; }

    /// <summary>The combining class of a character; 0 for one that begins a new sequence.</summary>
    internal int Class(int character) => _classes.TryGetValue(character, out byte found) ? found : 0;

    /// <summary>The one or two characters that a character is made of, which may be made of others in turn.</summary>
    internal bool TryDecompose(int character, out (int First, int Second) parts) =>
        Hangul.TryDecompose(character, out parts) || _decompositions.TryGetValue(character, out parts);

    /// <summary>The character that two characters make.</summary>
    internal bool TryCompose(int first, int second, out int composite) =>
        Hangul.TryCompose(first, second, out composite) || _compositions.TryGetValue((first, second), out composite);

    private static IEnumerable<string> ReadLines()
    {
        using Stream packed = typeof(CanonicalData).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(new DeflateStream(packed, CompressionMode.Decompress));
        while (reader.ReadLine() is string line)
            yield return line;
    }

    /// <summary>A text needs work if a character moves (its class), joins the one before it, or is not allowed in composed text.</summary>
    private SearchValues<char> CreateTriggers()
    {
        var triggers = new HashSet<char>();
        IEnumerable<int> joining = _compositions.Keys.Select(pair => pair.Second).Concat(Hangul.Joining);
        IEnumerable<int> forbidden = _decompositions.Where(entry => !_compositions.ContainsKey(entry.Value)).Select(entry => entry.Key);
        foreach (int character in _classes.Keys.Concat(joining).Concat(forbidden))
            triggers.Add(char.ConvertFromUtf32(character)[0]);
        return SearchValues.Create([.. triggers]);
    }
}
