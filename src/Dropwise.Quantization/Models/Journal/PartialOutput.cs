using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Dropwise.Quantization.Models.Journal;

/// <summary>What an unfinished calibrated run leaves beside its output: a folder that <c>--resume</c> goes on from.</summary>
public static class PartialOutput
{
    /// <summary>The file of a text that a model wrote for itself.</summary>
    internal const string TextName = "text.bin";

    /// <summary>The folder of an output.</summary>
    /// <param name="output">The checkpoint in the making.</param>
    public static string FolderOf(string output) => output + ".partial";

    /// <summary>The text that the model of an unfinished run wrote for itself.</summary>
    /// <param name="output">The checkpoint in the making.</param>
    /// <returns>Windows of token ids; default where there is no such run, where its text came from a file, or where the text was damaged.</returns>
    public static ImmutableArray<ImmutableArray<int>> ReadText(string output)
    {
        string path = Path.Combine(FolderOf(output), TextName);
        if (!File.Exists(path)) return default;
        ReadOnlySpan<byte> file = File.ReadAllBytes(path);
        if (file.Length < SHA256.HashSizeInBytes || !SHA256.HashData(file[SHA256.HashSizeInBytes..]).AsSpan().SequenceEqual(file[..SHA256.HashSizeInBytes])) return default;
        ReadOnlySpan<int> values = MemoryMarshal.Cast<byte, int>(file[SHA256.HashSizeInBytes..]);
        var windows = ImmutableArray.CreateBuilder<ImmutableArray<int>>();
        for (int at = 0; at < values.Length; at += values[at] + 1) windows.Add([.. values.Slice(at + 1, values[at])]);
        return windows.ToImmutable();
    }

    /// <summary>Keeps the text that a model wrote for itself: SHA-256 of what follows, then for each window its length and its tokens as int32.</summary>
    /// <param name="folder">The folder of the run.</param>
    /// <param name="windows">Windows of token ids.</param>
    internal static void WriteText(string folder, ImmutableArray<ImmutableArray<int>> windows)
    {
        int[] values = [.. windows.SelectMany(static window => window.Prepend(window.Length))];
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan());
        File.WriteAllBytes(Path.Combine(folder, TextName), [.. SHA256.HashData(bytes), .. bytes]);
    }
}
