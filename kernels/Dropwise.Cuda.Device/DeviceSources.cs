using System.Collections.Frozen;
using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;

namespace Dropwise.Cuda.Device;

/// <summary>
/// The hand-written device code as text. A compile unit is the prelude, then perhaps the drivers of products, then one program:
/// nothing is included, so that NVRTC needs no file system and no CUDA toolkit.
/// </summary>
public static class DeviceSources
{
    private static readonly FrozenDictionary<string, string> Texts = ReadAll();

    /// <summary>Types, arguments and wrappers of single instructions, each file after those that it uses.</summary>
    public static ImmutableArray<string> Prelude { get; } =
    [
        "Prelude/Types.cuh",
        "Memory/DependentLaunch.cuh",
        "Prelude/Arguments.cuh",
        "Memory/Loads.cuh",
        "Memory/SharedMemory.cuh",
        "Memory/CopyAsync.cuh",
        "Memory/Barrier.cuh",
        "Datatype/Bytes.cuh",
        "Datatype/Half.cuh",
        "Datatype/Codes.cuh",
        "Mma/IntegerMma.cuh",
        "Mma/HalfMma.cuh",
        "Mma/LoadMatrix.cuh",
        "Mma/WarpgroupMma.cuh",
        "Reduce/Warp.cuh",
        "Reduce/Block.cuh",
    ];

    /// <summary>The templates that generated decoders are put into, after the prelude.</summary>
    public static ImmutableArray<string> Drivers { get; } =
    [
        "Drivers/Fragments.cuh",
        "Drivers/SecondLevel.cuh",
        "Drivers/Outliers.cuh",
        "Drivers/SecondLevelFragments.cuh",
        "Drivers/CodewordTables.cuh",
        "Drivers/ByteColumns.cuh",
        "Drivers/GroupColumns.cuh",
        "Drivers/SummedColumns.cuh",
        "Drivers/BlockScales.cuh",
        "Drivers/BlockDecoders.cuh",
        "Drivers/Gemv.cuh",
        "Drivers/CodewordBytes.cuh",
        "Drivers/CodewordGathers.cuh",
        "Drivers/CodewordProducts.cuh",
        "Drivers/SecondLevelBytes.cuh",
        "Drivers/Gemm.cuh",
        "Drivers/GemmWarpgroup.cuh",
        "Drivers/Dequantize.cuh",
        "Drivers/DenseDecoder.cuh",
        "Drivers/DenseGemv.cuh",
    ];

    /// <summary>
    /// The kernels of a model that are no products, one compile unit after the prelude. <c>HEAD_DIMENSION</c> is the elements of a head,
    /// <c>GROUP_HEADS</c> the query heads of a key-value head that one block of decode attention takes; <c>ACTIVATION</c> is that of the feed-forward
    /// networks; <c>WINDOWS</c> and <c>SCORE_CAP</c> are 1 where a layer has a window and where scores are bounded, so that other models do not pay for it.
    /// </summary>
    public static ImmutableArray<string> Model { get; } =
    [
        "Model/ActivationForm.cuh",
        "Model/VectorMath.cuh",
        "Model/ValueForm.cuh",
        "Model/Norm.cuh",
        "Model/LayerNorm.cuh",
        "Model/Activation.cuh",
        "Model/GatedActivation.cuh",
        "Model/Rope.cuh",
        "Model/HeadPreparation.cuh",
        "Model/KeyValueSplit.cuh",
        "Model/DecodeAttention.cuh",
        "Model/CombineSplits.cuh",
        "Model/PrefillAttention.cuh",
        "Model/ResidualUpdate.cuh",
        "Model/ElementMaps.cuh",
        "Model/Router.cuh",
        "Model/Experts.cuh",
        "Model/Sampling.cuh",
    ];

    /// <summary>The kernels of layers in float32, there and back, for quantizing and training: one compile unit after the prelude, for models of all shapes.</summary>
    public static ImmutableArray<string> Blocks { get; } =
    [
        "Blocks/Rows.cuh",
        "Blocks/BlockNorms.cuh",
        "Blocks/BlockHeads.cuh",
        "Blocks/BlockAttention.cuh",
        "Blocks/BlockActivations.cuh",
        "Blocks/Divergence.cuh",
        "Blocks/AdditiveTraining.cuh",
        "Blocks/Factors.cuh",
    ];

    /// <summary>
    /// The beam search of additive codes, after the prelude, and what goes over the runs of rows with it. <c>DIMENSION</c>, <c>CODEWORDS</c>, <c>CODEBOOKS</c> and <c>LEVELS</c>
    /// are the format's, <c>WIDTH</c> is that of the beam.
    /// </summary>
    public const string CodeSearch = "Blocks/CodeSearch.cuh";

    /// <summary>Error feedback, after <see cref="CodeSearch"/>.</summary>
    public const string Feedback = "Blocks/ErrorFeedback.cuh";

    /// <summary>Code descent, after <see cref="CodeSearch"/>.</summary>
    public const string Descent = "Blocks/CodeDescent.cuh";

    /// <summary>Codes of many vectors, after <see cref="CodeSearch"/>, with one level.</summary>
    public const string Vectors = "Blocks/VectorSearch.cuh";

    /// <summary>Embedding and products of unquantized matrices, after the drivers. <c>ELEMENT</c> is <c>HalfElement</c>, <c>BfloatElement</c> or <c>FloatElement</c>, <c>ELEMENT_BYTES</c> 2 or 4.</summary>
    public const string Dense = "Model/Dense.cuh";

    /// <summary>What measures how fast the device reads memory, after the prelude.</summary>
    public const string Read = "Measure/ReadMemory.cuh";

    /// <summary>The text of one file.</summary>
    /// <param name="name">The path from this project's folder, with forward slashes.</param>
    /// <exception cref="KeyNotFoundException">There is no such file.</exception>
    public static string Text(string name) => Texts.TryGetValue(name, out string? text)
        ? text
        : throw new KeyNotFoundException($"no device source is named '{name}'; there are {string.Join(", ", Texts.Keys.Order(StringComparer.Ordinal))}");

    /// <summary>The kernels of a model as a compile unit.</summary>
    /// <returns>The prelude and all of <see cref="Model"/>.</returns>
    public static string ModelUnit() => Compose([.. Prelude, .. Model[..^1]], Model[^1], Text(Model[^1]));

    /// <summary>The kernels of layers in float32 as a compile unit.</summary>
    /// <returns>The prelude and all of <see cref="Blocks"/>.</returns>
    public static string BlockUnit() => Compose([.. Prelude, .. Blocks[..^1]], Blocks[^1], Text(Blocks[^1]));

    /// <summary>What searches additive codes as a compile unit.</summary>
    /// <param name="name"><see cref="Feedback"/>, <see cref="Descent"/> or <see cref="Vectors"/>.</param>
    public static string SearchUnit(string name) => Compose([.. Prelude, CodeSearch], name, Text(name));

    /// <summary>Embedding and products of unquantized matrices as a compile unit.</summary>
    public static string DenseUnit() => FormatUnit(Dense, Text(Dense));

    /// <summary>A generated program as a compile unit.</summary>
    /// <param name="name">What compile errors call the text, for example <c>int4g128.cu</c>.</param>
    /// <param name="text">Decoders and entry points of one format.</param>
    /// <returns>The prelude, the drivers and the program.</returns>
    public static string FormatUnit(string name, string text) => Compose([.. Prelude, .. Drivers], name, text);

    /// <summary>The kernels that make an input of products out of plain float32 values, for programs that have no model around a product.</summary>
    /// <returns>The prelude, the forms, and the sources of values.</returns>
    public static string FormUnit()
    {
        const string Sources = "Model/ValueForm.cuh";
        return Compose([.. Prelude, "Model/ActivationForm.cuh", "Model/VectorMath.cuh"], Sources, Text(Sources));
    }

    /// <summary>The kernel that reads memory as a compile unit.</summary>
    public static string ReadUnit() => Compose(Prelude, Read, Text(Read));

    /// <summary>Line directives let NVRTC's log name the file and line that a person can open.</summary>
    private static string Compose(ImmutableArray<string> headers, string name, string text)
    {
        var unit = new StringBuilder();
        foreach (string header in headers) Append(unit, header, Text(header));
        Append(unit, name, text);
        return unit.ToString();
    }

    private static void Append(StringBuilder unit, string name, string text) => unit.Append("#line 1 \"").Append(name).Append("\"\n").Append(text).Append('\n');

    private static FrozenDictionary<string, string> ReadAll()
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in typeof(DeviceSources).Assembly.GetManifestResourceNames())
        {
            using Stream packed = typeof(DeviceSources).Assembly.GetManifestResourceStream(name)!;
            using var reader = new StreamReader(new DeflateStream(packed, CompressionMode.Decompress), Encoding.UTF8);
            texts.Add(name, reader.ReadToEnd());
        }

        return texts.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
