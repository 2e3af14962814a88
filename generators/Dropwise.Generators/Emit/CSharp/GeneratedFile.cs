namespace Dropwise.Generators.Emit.CSharp;

/// <summary>One generated source file.</summary>
/// <param name="HintName">The file's name, unique in a compilation: namespace, type, engine.</param>
/// <param name="Text">The source, LF line ends.</param>
/// <param name="Engine">The engine it holds kernels of, or <see cref="LayoutEngine"/>.</param>
internal sealed record GeneratedFile(string HintName, string Text, string Engine)
{
    /// <summary>The name of the file that holds no kernels: documentation, geometry, pack and unpack.</summary>
    public const string LayoutEngine = "layout";

    /// <summary>The name of the CUDA text.</summary>
    public const string CudaEngine = "cuda";

    /// <summary>The name of the files that hold the registry's rows and table.</summary>
    public const string RegistryEngine = "registry";
}
