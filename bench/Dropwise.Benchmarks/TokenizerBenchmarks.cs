using BenchmarkDotNet.Attributes;
using Dropwise.Tokenization;

namespace Dropwise.Benchmarks;

/// <summary>
/// Tokenizers on the held-out text of the default model (0.91 MB), so that 1 ms is 0.91 GB/s and 182 ms the 5 MB/s that encoding must
/// reach. Other models are timed where <c>DROPWISE_DATA</c> names them.
/// </summary>
[MemoryDiagnoser]
public class TokenizerBenchmarks
{
    private string _text = "";
    private int[] _ids = [];
    private Tokenizer _tokenizer = null!;

    /// <summary>The folder of the tokenizer.</summary>
    [ParamsSource(nameof(Folders))]
    public string Folder { get; set; } = "";

    /// <summary>The default model, and what the data folder has.</summary>
    public static IEnumerable<string> Folders()
    {
        yield return DefaultModel;
        string? data = Environment.GetEnvironmentVariable("DROPWISE_DATA");
        foreach (string folder in (string[])["models/stories15m", "models/books-30m", "tokenizers/gpt2"])
        {
            if (data is not null && Directory.Exists(Path.Combine(data, folder)))
                yield return Path.Combine(data, folder);
        }
    }

    /// <summary>Loads the tokenizer and the text.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _tokenizer = Tokenizer.FromFolder(Folder);
        _text = File.ReadAllText(Path.Combine(DefaultModel, "heldout.txt"));
        _ids = _tokenizer.Encode(_text);
    }

    /// <summary>Encodes the text with the words known from before.</summary>
    [Benchmark]
    public int[] Encode() => _tokenizer.Encode(_text);

    /// <summary>Decodes its ids.</summary>
    [Benchmark]
    public string Decode() => _tokenizer.Decode(_ids);

    /// <summary>Reads the tokenizer's file.</summary>
    [Benchmark]
    public Tokenizer Load() => Tokenizer.FromFolder(Folder);

    private static string DefaultModel => Path.Combine(AppContext.BaseDirectory, "assets", "tiny-stories-7m");
}
