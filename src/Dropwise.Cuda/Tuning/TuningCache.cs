using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Dropwise.Cuda;

/// <summary>
/// Launch choices that were measured, in memory and on disk: one small file for a device, the machine code of a kernel and a shape. Like the
/// cache of cubins it only saves time.
/// </summary>
/// <param name="folder">Where the files lie, made at the first write; null for memory alone.</param>
public sealed class TuningCache(string? folder)
{
    private readonly ConcurrentDictionary<string, LaunchChoice?> _choices = new(StringComparer.Ordinal);

    /// <summary>The cache of this user: <c>$XDG_CACHE_HOME/dropwise/launches</c> or <c>~/.cache/dropwise/launches</c>; in memory alone of users without a home.</summary>
    public static TuningCache Default { get; } = new(CacheFolder.Of("launches"));

    /// <summary>What was chosen, or null where nobody has measured.</summary>
    /// <param name="key">From <see cref="Key"/>.</param>
    public LaunchChoice? Find(string key) => _choices.GetOrAdd(key, Read);

    /// <summary>Keeps a choice.</summary>
    /// <param name="key">From <see cref="Key"/>.</param>
    /// <param name="choice">What was fastest.</param>
    public void Add(string key, LaunchChoice choice)
    {
        _choices[key] = choice;
        CacheFolder.TryWrite(PathOf(key), Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{choice.Warps} {choice.Blocks}\n")));
    }

    /// <summary>Names a situation.</summary>
    /// <param name="device">The device.</param>
    /// <param name="kernel">The kernel, whose registers and shared memory stand for its text: another kernel of the name is measured again.</param>
    /// <param name="sharedBytes">Dynamic shared memory of a block.</param>
    /// <param name="shape">Rows, inputs and tokens, in any spelling.</param>
    public static string Key(CudaDevice device, CudaKernel kernel, int sharedBytes, string shape) =>
        $"{device.Name} {device.Multiprocessors} {kernel.Name} {kernel.Registers} {sharedBytes} {shape}";

    private LaunchChoice? Read(string key)
    {
        if (CacheFolder.TryRead(PathOf(key)) is not { } file) return null;
        string[] parts = Encoding.ASCII.GetString(file).Trim().Split(' ');
        return parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int warps)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int blocks) && warps > 0 && blocks >= 0
            ? new LaunchChoice(warps, blocks)
            : null;
    }

    private string? PathOf(string key) => folder is null ? null : Path.Combine(folder, $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32]}.txt");
}
