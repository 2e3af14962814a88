using Dropwise.Generators.Emit.Text;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes scratch memory on the stack that begins at a cache line.</summary>
internal static class AlignedScratch
{
    private const int LineBytes = 64;

    /// <summary>Writes the declaration of a pointer.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="element">The element type, <c>float</c> or <c>short</c>.</param>
    /// <param name="name">The pointer's name.</param>
    /// <param name="count">Elements.</param>
    public static void Declare(SourceWriter writer, string element, string name, int count)
    {
        int slack = LineBytes / (element == "short" ? sizeof(short) : sizeof(float));
        writer.Line($"{element}* {name}Memory = stackalloc {element}[{count + slack}];");
        writer.Line($"{element}* {name} = CacheLine.Align({name}Memory);");
    }
}
