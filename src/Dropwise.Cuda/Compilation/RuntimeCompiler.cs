using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Dropwise.Cuda;

/// <summary>NVRTC: turns CUDA C++ into machine code on a machine without a toolkit, and without a device. Threads may compile at once.</summary>
public sealed unsafe class RuntimeCompiler
{
    // From 12.9 on NVRTC keeps a cache of its own wherever there is a driver, and what it takes from there comes without the assembler's report of
    // registers and spills. Version 13 can be told to leave it. An option that a version does not know is an error, and all that a version 12 loses
    // is the report, so that 12.9, of which it is not certain, is not asked.
    private const int FirstWithCacheOption = 13;

    private static readonly Lazy<RuntimeCompiler> Loaded = new(static () => new RuntimeCompiler());

    private RuntimeCompiler()
    {
        string name = NativeLibraries.Require(NativeLibraryName.Nvrtc);
        FileInfo? file = NativeLibraries.FileOf(NativeLibraryName.Nvrtc, nameof(NvrtcApi.nvrtcVersion));
        File = file?.FullName ?? name;
        int major, minor, count;
        NvrtcApi.Check(NvrtcApi.nvrtcVersion(&major, &minor));
        Version = new Version(major, minor);
        Identity = file is null ? $"{Version}" : string.Create(CultureInfo.InvariantCulture, $"{Version} {file.Length} {file.LastWriteTimeUtc.Ticks}");
        NvrtcApi.Check(NvrtcApi.nvrtcGetNumSupportedArchs(&count));
        int[] architectures = new int[count];
        fixed (int* first = architectures) NvrtcApi.Check(NvrtcApi.nvrtcGetSupportedArchs(first));
        Capabilities = [.. architectures.Order()];
    }

    /// <summary>The compiler of this machine.</summary>
    /// <exception cref="CudaLibraryException">There is none; the message says how to get it.</exception>
    public static RuntimeCompiler Instance => Loaded.Value;

    /// <summary>Whether <see cref="Instance"/> exists.</summary>
    /// <exception cref="CudaLibraryException">The folder that the user named for it does not hold it.</exception>
    public static bool IsPresent => NativeLibraries.IsPresent(NativeLibraryName.Nvrtc);

    /// <summary>The library's file; its name alone where the system does not tell.</summary>
    public string File { get; }

    /// <summary>
    /// What tells this compiler from others: the version, which NVRTC gives to whole series of builds, and the size and time of its file, in which
    /// builds differ.
    /// </summary>
    public string Identity { get; }

    /// <summary>The compiler's version, 13.0 for example.</summary>
    public Version Version { get; }

    /// <summary>The compute capabilities that it compiles for, 90 for 9.0, ascending.</summary>
    public ImmutableArray<int> Capabilities { get; }

    /// <summary>The architecture to compile for.</summary>
    /// <param name="capability">The compute capability of the device.</param>
    /// <returns>
    /// The device's own, with the instructions that only it has from Hopper on (<c>sm_90a</c>); for a device newer than the compiler, the
    /// newest of its family, whose code it also runs.
    /// </returns>
    /// <exception cref="CudaLibraryException">The compiler knows no architecture whose code the device runs.</exception>
    public string ArchitectureFor(Version capability)
    {
        int wanted = (capability.Major * 10) + capability.Minor;
        int best = Capabilities.LastOrDefault(known => known <= wanted && known / 10 == capability.Major);
        if (best == 0) throw new CudaLibraryException($"NVRTC {Version} ({File}) does not compile for compute capability {capability}; install a newer one");
        return best == wanted && capability.Major >= 9 ? $"sm_{best}a" : $"sm_{best}";
    }

    /// <summary>Compiles.</summary>
    /// <param name="unit">The source.</param>
    /// <exception cref="CompilationException">The source is wrong.</exception>
    /// <exception cref="CudaException">The compiler failed for another reason.</exception>
    public CompiledUnit Compile(CompileUnit unit)
    {
        nint program;
        fixed (byte* source = Terminated(unit.Source), name = Terminated($"{unit.Name}.cu"))
            NvrtcApi.Check(NvrtcApi.nvrtcCreateProgram(&program, source, name, 0, null, null), unit.Name);
        try
        {
            int result = Run(program, OptionsOf(unit, Version));
            string log = Log(program);
            if (result == NvrtcApi.CompilationError) throw CompilationException.Of(unit, log);
            NvrtcApi.Check(result, $"{unit.Name} with {string.Join(' ', unit.Options)}; {log.Trim()}", nameof(NvrtcApi.nvrtcCompileProgram));
            nuint bytes;
            NvrtcApi.Check(NvrtcApi.nvrtcGetCUBINSize(program, &bytes), unit.Name);
            byte[] cubin = new byte[bytes];
            fixed (byte* first = cubin) NvrtcApi.Check(NvrtcApi.nvrtcGetCUBIN(program, first), unit.Name);
            return new CompiledUnit(unit.Name, cubin, log);
        }
        finally
        {
            NvrtcApi.nvrtcDestroyProgram(&program);
        }
    }

    /// <summary>The options that a unit is compiled with.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="version">The compiler's version.</param>
    internal static ImmutableArray<string> OptionsOf(CompileUnit unit, Version version) =>
        version.Major >= FirstWithCacheOption ? [.. unit.Options, "--no-cache"] : unit.Options;

    private static int Run(nint program, ImmutableArray<string> options)
    {
        // All options in one block of memory, each ended by a zero.
        byte[] text = Terminated(string.Join('\0', options));
        byte** addresses = stackalloc byte*[options.Length];
        fixed (byte* first = text)
        {
            byte* next = first;
            for (int i = 0; i < options.Length; i++)
            {
                addresses[i] = next;
                next += Encoding.UTF8.GetByteCount(options[i]) + 1;
            }

            return NvrtcApi.nvrtcCompileProgram(program, options.Length, addresses);
        }
    }

    private static string Log(nint program)
    {
        nuint bytes;
        NvrtcApi.Check(NvrtcApi.nvrtcGetProgramLogSize(program, &bytes));
        byte[] log = new byte[bytes];
        fixed (byte* first = log) NvrtcApi.Check(NvrtcApi.nvrtcGetProgramLog(program, first));
        return Encoding.UTF8.GetString(log).TrimEnd('\0');
    }

    private static byte[] Terminated(string text) => Encoding.UTF8.GetBytes(text + '\0');
}
