using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dropwise.Cuda;

/// <summary>A call of CUDA failed; the message names the call, the kernel where there is one, and the error.</summary>
public sealed class CudaException : Exception
{
    private CudaException(string call, string? subject, int code, string error, bool isOutOfMemory = false)
        : base($"{call}{(subject is null ? "" : $" ({subject})")} failed: {error}")
    {
        Call = call;
        Subject = subject;
        Code = code;
        IsOutOfMemory = isOutOfMemory;
    }

    /// <summary>The native function.</summary>
    public string Call { get; }

    /// <summary>The kernel, or what else the call was about; null where the call says it all.</summary>
    public string? Subject { get; }

    /// <summary>The library's error code, not 0.</summary>
    public int Code { get; }

    /// <summary>Whether the driver had not enough memory, of the device or pinned.</summary>
    public bool IsOutOfMemory { get; }

    /// <summary>Throws where a call of the driver failed.</summary>
    /// <param name="result">What the call returned.</param>
    /// <param name="subject">The kernel, or what else the call was about.</param>
    /// <param name="call">The call as written, supplied by the compiler.</param>
    internal static void Check(DriverResult result, string? subject = null, [CallerArgumentExpression(nameof(result))] string call = "")
    {
        if (result != DriverResult.Success)
            throw new CudaException(NameIn(call), subject, (int)result, Describe(result), result == DriverResult.OutOfMemory);
    }

    /// <summary>Throws where a call of another library failed.</summary>
    /// <param name="code">What the call returned; 0 is success in every library of CUDA.</param>
    /// <param name="describe">Turns a code into words.</param>
    /// <param name="subject">What the call was about.</param>
    /// <param name="call">The call as written, supplied by the compiler.</param>
    internal static void Check(int code, Func<int, string> describe, string? subject = null, [CallerArgumentExpression(nameof(code))] string call = "")
    {
        if (code != 0) throw new CudaException(NameIn(call), subject, code, describe(code));
    }

    // "DriverApi.cuMemAlloc(&pointer, bytes)" is about cuMemAlloc.
    private static string NameIn(string call)
    {
        int end = call.IndexOf('(', StringComparison.Ordinal);
        string path = end < 0 ? call : call[..end];
        return path[(path.LastIndexOf('.') + 1)..];
    }

    private static unsafe string Describe(DriverResult result)
    {
        byte* name = null;
        byte* text = null;
        if (!NativeLibraries.IsFound(NativeLibraryName.Driver)
            || DriverApi.cuGetErrorName(result, &name) != DriverResult.Success || DriverApi.cuGetErrorString(result, &text) != DriverResult.Success)
        {
            return $"error {(int)result}";
        }

        return $"{Marshal.PtrToStringUTF8((nint)name)} ({Marshal.PtrToStringUTF8((nint)text)})";
    }
}
