using Dropwise.Testing;

namespace Dropwise.Tokenization.Tests;

/// <summary>One tokenizer used again and again, and by several threads.</summary>
public sealed class TokenizerReuseTests
{
    private readonly Tokenizer _tokenizer = Tokenizer.FromFolder(TestData.DefaultModel);

    [Fact]
    public void Threads_may_share_a_tokenizer()
    {
        string[] stories = Stories();
        int[][] expected = [.. stories.Select(story => _tokenizer.Encode(story))];
        var found = new int[stories.Length][];

        Parallel.For(0, stories.Length, index => found[index] = _tokenizer.Encode(stories[index]));

        Assert.Equal(expected, found);
    }

    [Fact]
    public void Encoding_known_words_allocates_the_result_alone()
    {
        string story = Stories()[0];
        int[] ids = _tokenizer.Encode(story);

        long before = GC.GetAllocatedBytesForCurrentThread();
        _tokenizer.Encode(story);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // An array has a header of 24 bytes at most.
        Assert.InRange(allocated, ids.Length * sizeof(int), (ids.Length * sizeof(int)) + 32);
    }

    [Fact]
    public void Pieces_pushed_out_of_the_cache_are_encoded_again()
    {
        // More distinct words than the cache has places, twice.
        string text = string.Join(' ', Enumerable.Range(0, 60_000).Select(number => $"w{(char)('a' + number % 26)}{number}"));

        int[] first = _tokenizer.Encode(text);

        Assert.Equal(first, _tokenizer.Encode(text));
        Assert.Equal(text, _tokenizer.Decode(first));
    }

    private static string[] Stories() =>
        File.ReadAllText(Path.Combine(TestData.DefaultModel, "heldout.txt")).Split("<|eos|>")[..200];
}
