using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Dropwise.Cpu;
using Dropwise.Cuda.Device;

namespace Dropwise.Cuda;

/// <summary>
/// The device programs of a context: generated ones a format and level, hand-written ones a file. Each is compiled, or taken from the
/// cache, when it is first asked for. Any thread may ask.
/// </summary>
/// <param name="context">The context.</param>
/// <param name="cache">The cache; null for that of the user.</param>
public sealed class DevicePrograms(CudaContext context, KernelCache? cache = null) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<CudaModule>> _modules = new(StringComparer.Ordinal);
    private readonly KernelCache _cache = cache ?? KernelCache.Default;
    private readonly string _architecture = RuntimeCompiler.Instance.ArchitectureFor(context.Device.Capability);

    /// <summary>The context.</summary>
    public CudaContext Context => context;

    /// <summary>What is compiled for, <c>sm_90a</c> on Hopper.</summary>
    public string Architecture => _architecture;

    /// <summary>What the registry knows of a format on devices.</summary>
    /// <param name="row">The format.</param>
    /// <exception cref="CudaLibraryException">The format was registered without kernels for devices.</exception>
    public static CudaProgram ProgramOf(FormatRow row) =>
        row.Cuda ?? throw new CudaLibraryException($"{row.Descriptor.Name} has no kernels for CUDA devices; it was registered without");

    /// <summary>The source of a format's kernels at one level.</summary>
    /// <param name="row">The format.</param>
    /// <param name="level">From 1, or <see cref="CudaProgram.RepackUnit"/>.</param>
    /// <param name="architecture">What to compile for.</param>
    /// <param name="sharedBytes">Shared memory that a block may have; the text chooses the replicas of its tables by it.</param>
    /// <param name="chosen">Whether matrices are those that a number in device memory chooses from a <see cref="MatrixTable"/>.</param>
    public static CompileUnit UnitOf(FormatRow row, int level, string architecture, int sharedBytes, bool chosen = false)
    {
        string name = row.Descriptor.Name;
        string unit = level == CudaProgram.RepackUnit ? $"{name}_repack" : $"{name}_l{level.ToString(CultureInfo.InvariantCulture)}";
        ImmutableArray<string> defines = [$"LEVEL={level}", $"SHARED_BYTES={sharedBytes}"];
        return new CompileUnit(chosen ? $"{unit}_chosen" : unit, DeviceSources.FormatUnit($"{name}.cu", row.Source(CudaProgram.Engine)), architecture)
        {
            Defines = chosen ? [.. defines, MatrixTable.Define] : defines,
        };
    }

    /// <summary>Compiles what will be asked for, all of it at once on the cores of the machine.</summary>
    /// <param name="formats">Formats and levels; the kernels that repack come with a format.</param>
    /// <exception cref="CompilationException">A source is wrong.</exception>
    public void Prepare(IEnumerable<(FormatRow Row, int Level)> formats)
    {
        (FormatRow Row, int Level)[] levels = [.. formats];
        CompileUnit[] units =
        [
            .. levels.Select(static pair => pair.Row).Distinct().Select(row => (Row: row, Level: CudaProgram.RepackUnit)).Concat(levels).Distinct()
                .Select(pair => UnitOf(pair.Row, pair.Level, _architecture, context.Device.SharedBytesPerBlock)),
        ];
        CompiledUnit[] compiled = _cache.GetOrCompile(RuntimeCompiler.Instance, units);
        foreach (CompiledUnit unit in compiled) _ = _modules.GetOrAdd(unit.Name, _ => new Lazy<CudaModule>(() => unit.Load(context))).Value;
    }

    /// <summary>A format's kernels at one level.</summary>
    /// <param name="row">The format.</param>
    /// <param name="level">From 1, or <see cref="CudaProgram.RepackUnit"/>.</param>
    /// <param name="chosen">Whether matrices come from a <see cref="MatrixTable"/>.</param>
    public CudaModule Module(FormatRow row, int level, bool chosen = false) => Load(UnitOf(row, level, _architecture, context.Device.SharedBytesPerBlock, chosen));

    /// <summary>A program of hand-written kernels, by the unit's name.</summary>
    /// <param name="unit">What to compile; its architecture is <see cref="Architecture"/>.</param>
    public CudaModule Module(CompileUnit unit) => Load(unit);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Lazy<CudaModule> module in _modules.Values)
        {
            if (module.IsValueCreated) module.Value.Dispose();
        }
    }

    private CudaModule Load(CompileUnit unit) =>
        _modules.GetOrAdd(unit.Name, _ => new Lazy<CudaModule>(() => _cache.GetOrCompile(RuntimeCompiler.Instance, unit).Load(context))).Value;
}
