using System.Runtime.InteropServices;

namespace Dropwise.Cuda;

/// <summary>The functions of NVRTC that this library uses, under the names of its documentation; all return <c>nvrtcResult</c>.</summary>
internal static unsafe partial class NvrtcApi
{
    /// <summary><c>NVRTC_ERROR_COMPILATION</c>: the source is wrong, and the log says why.</summary>
    public const int CompilationError = 6;

    private const string Library = NativeLibraryName.Nvrtc;

    [LibraryImport(Library)]
    public static partial byte* nvrtcGetErrorString(int result);

    [LibraryImport(Library)]
    public static partial int nvrtcVersion(int* major, int* minor);

    [LibraryImport(Library)]
    public static partial int nvrtcGetNumSupportedArchs(int* count);

    [LibraryImport(Library)]
    public static partial int nvrtcGetSupportedArchs(int* architectures);

    [LibraryImport(Library)]
    public static partial int nvrtcCreateProgram(nint* program, byte* source, byte* name, int headerCount, byte** headers, byte** headerNames);

    [LibraryImport(Library)]
    public static partial int nvrtcDestroyProgram(nint* program);

    [LibraryImport(Library)]
    public static partial int nvrtcCompileProgram(nint program, int optionCount, byte** options);

    [LibraryImport(Library)]
    public static partial int nvrtcGetProgramLogSize(nint program, nuint* bytes);

    [LibraryImport(Library)]
    public static partial int nvrtcGetProgramLog(nint program, byte* log);

    [LibraryImport(Library)]
    public static partial int nvrtcGetCUBINSize(nint program, nuint* bytes);

    [LibraryImport(Library)]
    public static partial int nvrtcGetCUBIN(nint program, byte* cubin);

    /// <summary>Throws where a call failed.</summary>
    /// <param name="result">What the call returned.</param>
    /// <param name="subject">The program.</param>
    /// <param name="call">The call as written, supplied by the compiler.</param>
    public static void Check(int result, string? subject = null, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(result))] string call = "") =>
        CudaException.Check(result, static code => Marshal.PtrToStringUTF8((nint)nvrtcGetErrorString(code)) ?? $"error {code}", subject, call);
}
