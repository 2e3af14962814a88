using System;
using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes the layout of a format: its streams, and the packing by a table from the packing's record to its emitter.</summary>
internal static class LayoutEmitter
{
    private static readonly IReadOnlyDictionary<Type, Action<SourceWriter, KernelPlan>> Packings = new Dictionary<Type, Action<SourceWriter, KernelPlan>>
    {
        [typeof(PlanarPacking)] = PlanarPackingEmitter.Emit,
        [typeof(SecondLevelPacking)] = SecondLevelPackingEmitter.Emit,
        [typeof(BlockPacking)] = BlockPackingEmitter.Emit,
        [typeof(AdditivePacking)] = AdditivePackingEmitter.Emit,
        [typeof(WideCodePacking)] = WideCodePackingEmitter.Emit,
    };

    /// <summary>Writes <c>Streams</c>, <c>Pack</c> and <c>Unpack</c>.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="plan">The plan.</param>
    public static void Emit(SourceWriter writer, KernelPlan plan)
    {
        writer.Line("""
            /// <summary>The streams of a packed matrix.</summary>
            /// <param name="rows">Output rows N.</param>
            /// <param name="columns">Inputs K.</param>
            /// <param name="outliers">Weights in high precision.</param>
            private static ImmutableArray<StreamSpec> Streams(int rows, int columns, long outliers) =>
            [
            """);
        foreach (StreamPlan stream in plan.Layout.Streams)
        {
            string shape = string.Join(", ", stream.Shape.Select(Spell));
            writer.Line($"    new StreamSpec({Literals.Of(stream.Name)}, {stream.Level}, {Literals.Of(stream.Type)}, [{shape}]),");
        }

        writer.Line("];");
        writer.Line();
        Packings[plan.Layout.Packing.GetType()](writer, plan);
    }

    private static string Spell(Extent extent)
    {
        if (extent.Source == ExtentSource.One) return Literals.Of(extent.Factor);
        if (extent.Source == ExtentSource.Outliers) return "outliers + 1";
        string source = extent.Source == ExtentSource.Rows ? "rows" : "columns";
        string units = extent.Unit == 1 ? source : $"({source} + {extent.Unit - 1}) / {extent.Unit}";
        return extent.Factor == 1 ? units : $"{units} * {extent.Factor}";
    }
}
