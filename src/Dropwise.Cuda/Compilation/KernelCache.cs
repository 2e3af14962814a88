using System.Security.Cryptography;
using System.Text;

namespace Dropwise.Cuda;

/// <summary>
/// Compiled units on disk, keyed by everything that the machine code depends on: source, options with the architecture, and which
/// compiler it is. A cache that cannot be read or written costs time and nothing else.
/// </summary>
/// <param name="folder">Where the files lie, made at the first write; null where nothing is kept.</param>
public sealed class KernelCache(string? folder)
{
    // Changes when the layout of the files does, so that an older file is never misread.
    private const string Layout = "dropwise cubin 1";

    /// <summary>The cache of this user: <c>$XDG_CACHE_HOME/dropwise/cubins</c> or <c>~/.cache/dropwise/cubins</c>; none of users without a home.</summary>
    public static KernelCache Default { get; } = new(CacheFolder.Of("cubins"));

    /// <summary>Where the files lie, or null.</summary>
    public string? Folder => folder;

    /// <summary>Takes a compiled unit from the cache, or compiles it and puts it there.</summary>
    /// <param name="compiler">The compiler.</param>
    /// <param name="unit">The source.</param>
    /// <exception cref="CompilationException">The source is wrong.</exception>
    public CompiledUnit GetOrCompile(RuntimeCompiler compiler, CompileUnit unit)
    {
        string? path = PathOf(compiler.Identity, unit);
        if (Read(path, unit.Name) is { } cached) return cached;
        CompiledUnit compiled = compiler.Compile(unit);
        CacheFolder.TryWrite(path, Encode(compiled));
        return compiled;
    }

    /// <summary>Compiles several units at once, one a thread: a unit is compiled by one thread from start to end.</summary>
    /// <param name="compiler">The compiler.</param>
    /// <param name="units">The sources.</param>
    /// <returns>The compiled units, in the order of the sources.</returns>
    /// <exception cref="CompilationException">A source is wrong.</exception>
    public CompiledUnit[] GetOrCompile(RuntimeCompiler compiler, IReadOnlyList<CompileUnit> units)
    {
        var compiled = new CompiledUnit[units.Count];
        try
        {
            Parallel.For(0, units.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i => compiled[i] = GetOrCompile(compiler, units[i]));
        }
        catch (AggregateException e)
        {
            // One broken source says enough, and callers expect its own exception.
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        return compiled;
    }

    /// <summary>The file of a unit, or null where nothing is kept.</summary>
    /// <param name="compiler">The compiler's <see cref="RuntimeCompiler.Identity"/>.</param>
    /// <param name="unit">The source.</param>
    internal string? PathOf(string compiler, CompileUnit unit)
    {
        if (folder is null) return null;
        string key = string.Join('\n', [Layout, compiler, .. unit.Options, unit.Source]);
        return Path.Combine(folder, $"{unit.Name}_{unit.Architecture}_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32]}.cubin");
    }

    /// <summary>A file is a digest of what follows, the length of the log, the log, the machine code.</summary>
    private static byte[] Encode(CompiledUnit unit)
    {
        byte[] log = Encoding.UTF8.GetBytes(unit.Log);
        byte[] file = new byte[SHA256.HashSizeInBytes + sizeof(int) + log.Length + unit.Cubin.Length];
        Span<byte> body = file.AsSpan(SHA256.HashSizeInBytes);
        BitConverter.TryWriteBytes(body, log.Length);
        log.CopyTo(body[sizeof(int)..]);
        unit.Cubin.CopyTo(body[(sizeof(int) + log.Length)..]);
        SHA256.HashData(body, file);
        return file;
    }

    private static CompiledUnit? Read(string? path, string name)
    {
        if (CacheFolder.TryRead(path) is not { Length: > SHA256.HashSizeInBytes + sizeof(int) } file) return null;
        ReadOnlySpan<byte> body = file.AsSpan(SHA256.HashSizeInBytes);

        // A file that was cut or changed has another digest; the driver would take its machine code for valid.
        if (!SHA256.HashData(body).AsSpan().SequenceEqual(file.AsSpan(0, SHA256.HashSizeInBytes))) return null;
        int logLength = BitConverter.ToInt32(body);
        return new CompiledUnit(name, body[(sizeof(int) + logLength)..].ToArray(), Encoding.UTF8.GetString(body.Slice(sizeof(int), logLength)));
    }
}
