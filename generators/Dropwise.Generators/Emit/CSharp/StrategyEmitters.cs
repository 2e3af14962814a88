using System;
using System.Collections.Generic;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>The table from a schedule's record to what writes it; a new strategy is one more row.</summary>
internal static class StrategyEmitters
{
    private static readonly IReadOnlyDictionary<Type, Action<SourceWriter, KernelDefinition>> Table =
        new Dictionary<Type, Action<SourceWriter, KernelDefinition>>
        {
            [typeof(PlanarDequantize)] = ByEngine(PlanarScalarEmitter.Dequantize, PlanarDequantizeEmitter.Emit),
            [typeof(PlanarByteGemv)] = ByEngine(PlanarScalarEmitter.ByteGemv, PlanarByteGemvEmitter.Emit),
            [typeof(PlanarByteGemm)] = ByEngine(PlanarScalarEmitter.ByteGemm, PlanarByteGemmEmitter.Emit),
            [typeof(PlanarWordGemv)] = ByEngine(PlanarScalarEmitter.WordGemv, PlanarWordGemvEmitter.Emit),
            [typeof(SecondLevelDequantize)] = ByEngine(SecondLevelScalarEmitter.Dequantize, SecondLevelDequantizeEmitter.Emit),
            [typeof(SecondLevelByteGemv)] = ByEngine(SecondLevelScalarEmitter.ByteGemv, SecondLevelGemvEmitter.Emit),
            [typeof(BlockDequantize)] = ByEngine(BlockScalarEmitter.Dequantize, BlockVectorEmitter.Dequantize),
            [typeof(BlockWordGemv)] = ByEngine(BlockScalarEmitter.Gemv, BlockVectorEmitter.Gemv),
            [typeof(TableBuild)] = ByEngine(CodewordScalarEmitter.Build, TableBuildEmitter.Emit),
            [typeof(TableLookup)] = ByEngine(CodewordScalarEmitter.Lookup, TableLookupEmitter.Emit),
            [typeof(CodewordDecode)] = ByEngine(CodewordScalarEmitter.Products, CodewordEmitter.Products),
            [typeof(CodewordPanel)] = ByEngine(CodewordScalarEmitter.Panel, CodewordEmitter.Panel),
            [typeof(WideCodeProducts)] = ByEngine(WideCodeScalarEmitter.Products, WideCodeEmitter.Products),
            [typeof(WideCodePanel)] = ByEngine(WideCodeScalarEmitter.Panel, static (writer, kernel, _) => WideCodeEmitter.Panel(writer, kernel)),
        };

    /// <summary>Writes the documentation and the method of a kernel, and the helpers that only it uses.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">The kernel.</param>
    public static void Emit(SourceWriter writer, KernelDefinition kernel) => Table[kernel.Schedule.GetType()](writer, kernel);

    private static Action<SourceWriter, KernelDefinition> ByEngine(
        Action<SourceWriter, KernelDefinition> scalar, Action<SourceWriter, KernelDefinition, VectorDialect> vector) => (writer, kernel) =>
    {
        switch (kernel.Isa)
        {
            case KernelIsa.Scalar: scalar(writer, kernel); break;
            case KernelIsa.Avx2: vector(writer, kernel, VectorDialect.Avx2); break;
            default: vector(writer, kernel, VectorDialect.Avx512); break;
        }
    };
}
