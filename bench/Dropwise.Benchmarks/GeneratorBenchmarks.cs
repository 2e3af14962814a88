extern alias generators;

using BenchmarkDotNet.Attributes;
using Dropwise.Cpu;
using generators::Dropwise.Generators;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Dropwise.Benchmarks;

/// <summary>What a format costs whoever compiles it: the generator's first run, and its run after an edit elsewhere.</summary>
[MemoryDiagnoser]
public class GeneratorBenchmarks
{
    private CSharpCompilation _compilation = null!;
    private CSharpCompilation _edited = null!;
    private GeneratorDriver _driver = null!;

    /// <summary>The declared types, each in a file of its own.</summary>
    public static IEnumerable<string> Formats => typeof(GeneratorBenchmarks).Assembly.GetManifestResourceNames().Order();

    /// <summary>The type that is generated for.</summary>
    [ParamsSource(nameof(Formats))]
    public string Format { get; set; } = "";

    /// <summary>Compiles the declaration alone, and once more with an unrelated file beside it.</summary>
    [GlobalSetup]
    public void Compile()
    {
        using var reader = new StreamReader(typeof(GeneratorBenchmarks).Assembly.GetManifestResourceStream(Format)!);
        IEnumerable<MetadataReference> references =
            ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
            .Append(typeof(FormatDescriptor).Assembly.Location)
            .Append(typeof(FormatRow).Assembly.Location)
            .Select(path => MetadataReference.CreateFromFile(path));
        _compilation = CSharpCompilation.Create(
            "Formats",
            [CSharpSyntaxTree.ParseText("global using Dropwise;\n" + reader.ReadToEnd(), path: "Format.cs")],
            references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        _edited = _compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("internal static class Unrelated;", path: "Unrelated.cs"));
        _driver = NewDriver().RunGenerators(_compilation);
    }

    /// <summary>A compilation that the generator has never seen.</summary>
    [Benchmark]
    public GeneratorDriver FirstRun() => NewDriver().RunGenerators(_compilation);

    /// <summary>The compilation after an edit of a file that declares no format.</summary>
    [Benchmark]
    public GeneratorDriver AfterUnrelatedEdit() => _driver.RunGenerators(_edited);

    private static CSharpGeneratorDriver NewDriver() => CSharpGeneratorDriver.Create(new QuantFormatGenerator());
}
