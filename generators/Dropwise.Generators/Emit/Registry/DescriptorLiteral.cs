using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.Registry;

/// <summary>Writes a declaration as the <c>FormatDescriptor</c> that quantizers, readers and the oracle are generic over.</summary>
internal static class DescriptorLiteral
{
    /// <summary>Writes the object creation, without the semicolon or comma after it.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="target">What stands before <c>new()</c>: <c>Descriptor = </c>.</param>
    /// <param name="format">The format.</param>
    public static void Write(SourceWriter writer, string target, FormatSpec format)
    {
        using (writer.Block(target + "new FormatDescriptor", "},"))
        {
            foreach (string property in Properties(format)) writer.Line(property + ",");
        }
    }

    private static string Block(BlockSpec block)
    {
        IEnumerable<string> fields = block.Fields.Select(static field => $"new({Literals.Of(field.Part)}, {string.Join(", ", Numbers(field).Select(Literals.Of))})");
        string signed = block.SignedScales ? ", SignedScales = true" : "";
        return $"Block = new() {{ Inputs = {Literals.Of(block.Inputs)}, Bytes = {Literals.Of(block.Bytes)}{signed}, Fields = [{string.Join(", ", fields)}] }}";
    }

    private static int[] Numbers(BlockFieldSpec field) =>
        [field.At, field.Bytes, field.Bits, field.Base, field.Run, field.Shift, field.Digits, field.First, field.Place];

    // Properties at their default are left out, so that the row reads like the declaration.
    private static IEnumerable<string> Properties(FormatSpec format)
    {
        yield return $"Name = {Literals.Of(format.Name)}";
        yield return $"Kind = {Literals.Of(format.Kind)}";
        yield return $"CodeBits = {Literals.Of(format.CodeBits)}";
        if (format.Signed) yield return "Signed = true";
        if (format.Kind == CodeKind.Lookup) yield return $"LookupValues = {Literals.Of(format.LookupValues)}";
        if (format.Kind == CodeKind.Additive)
        {
            yield return $"CodebookCount = {Literals.Of(format.CodebookCount)}";
            yield return $"Dimension = {Literals.Of(format.Dimension)}";
            yield return $"Codeword = {Literals.Of(format.Codeword)}";
            yield return $"Scope = {Literals.Of(format.Scope)}";
        }

        if (format.GroupSize != 0)
        {
            yield return $"GroupSize = {Literals.Of(format.GroupSize)}";
            yield return $"GroupScale = {Literals.Of(format.GroupScale)}";
            yield return $"Zero = {Literals.Of(format.Zero)}";
        }

        if (format.SecondLevel is { } level)
        {
            yield return $"SecondLevel = new() {{ ScaleBits = {Literals.Of(level.ScaleBits)}, ZeroBits = {Literals.Of(level.ZeroBits)}, "
                + $"GroupRows = {Literals.Of(level.GroupRows)}, Stat = {Literals.Of(level.Stat)} }}";
        }

        if (format.Block is { } block) yield return Block(block);
        if (format.Outliers is { } outliers)
            yield return $"Outliers = new() {{ Value = {Literals.Of(outliers.Value)}, Index = {Literals.Of(outliers.Index)}, Layout = {Literals.Of(outliers.Layout)} }}";
        if (format.OutputScale is { } type) yield return $"OutputScale = {Literals.Of(type)}";
        if (format.Nested) yield return "Nested = true";
        if (format.Rotation != Rotation.None) yield return $"Rotation = {Literals.Of(format.Rotation)}";
    }
}
