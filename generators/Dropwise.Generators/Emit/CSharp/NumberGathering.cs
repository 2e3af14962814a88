using Dropwise.Generators.Emit.Text;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>
/// Collects four bytes of each of 16 blocks with permutations of words: a load of 64 bytes holds those of several blocks, a permutation takes from
/// two loads, and together they are a third of what copying one block at a time costs. Needs AVX-512 BW, and blocks and numbers at even bytes.
/// </summary>
internal static class NumberGathering
{
    private const int Blocks = 16;
    private const int LoadBytes = 64;
    private const int LoadWords = LoadBytes / sizeof(ushort);

    /// <summary>The statements, from <c>byte* blocks</c> to <c>int* numbers</c>.</summary>
    /// <param name="stride">Bytes of a block.</param>
    /// <param name="window">Where the four bytes begin inside a block.</param>
    public static IEnumerable<string> Of(int stride, int window)
    {
        int perLoad = ((LoadBytes - sizeof(int)) / stride) + 1;
        int pairs = ((Blocks - 1) / (2 * perLoad)) + 1;
        for (int pair = 0; pair < pairs; pair++)
        {
            int first = pair * 2 * perLoad;
            int low = LoadAt(first, stride, window);
            int high = LoadAt(first + perLoad, stride, window);
            int[] words = [.. Enumerable.Range(0, 2 * Blocks).Select(word => Source(word, first, perLoad, stride, window, low, high))];
            yield return $"Vector512<ushort> words{pair} = Avx512BW.PermuteVar32x16x2({Load(low)}, Vector512.Create({List(words, "ushort")}), {Load(high)});";
        }

        for (int pair = 1; pair < pairs; pair++)
        {
            int from = pair * 2 * perLoad;
            int[] lanes = [.. Enumerable.Range(0, Blocks).Select(lane => lane < from ? -1 : 0)];
            yield return $"words{pair} = Vector512.ConditionalSelect(Vector512.Create({List(lanes, "int")}).AsUInt16(), words{pair - 1}, words{pair});";
        }

        yield return $"words{pairs - 1}.AsInt32().Store(numbers);";
    }

    // No load ends behind the last block, because the file may end there.
    private static int LoadAt(int block, int stride, int window) => System.Math.Min((block * stride) + window, (Blocks * stride) - LoadBytes);

    // Words that the pair does not hold are taken from another.
    private static int Source(int word, int first, int perLoad, int stride, int window, int low, int high)
    {
        int block = word / 2;
        if (block < first || block >= first + (2 * perLoad)) return 0;
        int at = (block * stride) + window + ((word % 2) * sizeof(ushort));
        return block < first + perLoad ? (at - low) / sizeof(ushort) : LoadWords + ((at - high) / sizeof(ushort));
    }

    private static string Load(int at) => $"Vector512.Load((ushort*)(blocks{PlanarVectorText.Plus(at)}))";

    private static string List(int[] values, string type) => string.Join(", ", values.Select((value, i) => i == 0 ? $"({type}){Literals.Of(value)}" : Literals.Of(value)));
}
