using System.Runtime.InteropServices;
using System.Text;

namespace Dropwise.Cuda.Device.Tests;

/// <summary>As much of NVRTC as it takes to see that a text compiles; the engine's own bindings stand in Dropwise.Cuda.</summary>
internal static unsafe class Nvrtc
{
    private static readonly nint Library = Load();

    /// <summary>Whether NVRTC was found.</summary>
    public static bool Exists => Library != 0;

    /// <summary>Compiles to machine code.</summary>
    /// <param name="text">The unit.</param>
    /// <param name="architecture">What follows <c>sm_</c>.</param>
    /// <param name="log">Errors, or the resource report of ptxas.</param>
    /// <returns>Whether it compiled.</returns>
    public static bool Compile(string text, string architecture, out string log)
    {
        nint program;
        fixed (byte* source = Encoding.UTF8.GetBytes(text + "\0"))
            ((delegate* unmanaged<nint*, byte*, byte*, int, nint, nint, int>)Export("nvrtcCreateProgram"))(&program, source, null, 0, 0, 0);
        string[] options = [$"--gpu-architecture=sm_{architecture}", "--ptxas-options=-v", "--std=c++17"];
        nint* addresses = stackalloc nint[options.Length];
        for (int i = 0; i < options.Length; i++) addresses[i] = Marshal.StringToCoTaskMemUTF8(options[i]);
        int status = ((delegate* unmanaged<nint, int, nint*, int>)Export("nvrtcCompileProgram"))(program, options.Length, addresses);
        for (int i = 0; i < options.Length; i++) Marshal.FreeCoTaskMem(addresses[i]);

        nuint length;
        ((delegate* unmanaged<nint, nuint*, int>)Export("nvrtcGetProgramLogSize"))(program, &length);
        byte[] bytes = new byte[length];
        fixed (byte* target = bytes) ((delegate* unmanaged<nint, byte*, int>)Export("nvrtcGetProgramLog"))(program, target);
        log = Encoding.UTF8.GetString(bytes).TrimEnd('\0');
        ((delegate* unmanaged<nint*, int>)Export("nvrtcDestroyProgram"))(&program);
        return status == 0;
    }

    private static nint Export(string name) => NativeLibrary.GetExport(Library, name);

    private static nint Load()
    {
        // The library opens its builtins by soname, which only succeeds where they are loaded already or on the search path.
        if (Environment.GetEnvironmentVariable("DROPWISE_NVRTC") is not { Length: > 0 } folder || !Directory.Exists(folder)) return 0;
        foreach (string file in Directory.EnumerateFiles(folder, "libnvrtc-builtins.so.*")) NativeLibrary.TryLoad(file, out _);
        foreach (string file in Directory.EnumerateFiles(folder, "libnvrtc.so.*"))
        {
            if (NativeLibrary.TryLoad(file, out nint library)) return library;
        }

        return 0;
    }
}
