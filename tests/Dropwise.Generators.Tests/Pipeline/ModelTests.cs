using System.Reflection;
using Microsoft.CodeAnalysis;

namespace Dropwise.Generators.Tests.Pipeline;

public sealed class ModelTests
{
    private static readonly Assembly Generator = typeof(QuantFormatGenerator).Assembly;

    private static readonly string[] Stages = ["Model", "Lowering", "Emit.CSharp", "Emit.Cuda", "Emit.Registry"];

    // What the driver keeps between runs: the records of the model, of the plan and of the emitted text.
    public static TheoryData<string> ModelTypes => new(Generator.GetTypes()
        .Where(static t => Stages.Any(stage => t.Namespace == $"Dropwise.Generators.{stage}") && IsRecord(t))
        .Select(static t => t.FullName!));

    [Theory]
    [MemberData(nameof(ModelTypes))]
    public void Models_hold_values_only_and_compare_by_them(string name)
    {
        Type model = Generator.GetType(name, throwOnError: true)!;
        Assert.True(model.IsSealed || model.IsAbstract, "a model is a sealed record, so that equality compares all of it");
        foreach (FieldInfo field in model.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public))
            Assert.True(IsValue(field.FieldType), $"{name} holds {field.FieldType} in {field.Name}: use values and EquatableArray");
    }

    [Fact]
    public void Symbols_nodes_compilations_and_arrays_would_be_found()
    {
        Assert.All(
            [typeof(ISymbol), typeof(SyntaxNode), typeof(Compilation), typeof(int[]), typeof(List<int>), typeof(Location)],
            static type => Assert.False(IsValue(type)));
        Assert.Contains("Dropwise.Generators.Model.FormatSpec", ModelTypes.Select(static row => row.Data));
    }

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$", BindingFlags.Instance | BindingFlags.Public) is not null;

    private static bool IsValue(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return IsValue(inner);
        if (type.IsPrimitive || type.IsEnum || type == typeof(string)) return true;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Model.EquatableArray<>)) return IsValue(type.GetGenericArguments()[0]);
        return IsRecord(type) && type.Assembly == Generator;
    }
}
