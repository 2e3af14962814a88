namespace Dropwise.Generators.Tests.Rules;

/// <summary>
/// One declaration a fault: the id that must be reported, a phrase of the message that says how to mend it, and the source, with the
/// syntax at fault between <c>[|</c> and <c>|]</c>.
/// </summary>
internal static class RuleCases
{
    private const string Type = " public readonly partial struct F;";

    private const string Quantized = " [Group(16, Zero = ZeroPoint.Quantized)] ";

    /// <summary>Ends a source that belongs to a project without unsafe code.</summary>
    public const string SafeCode = "// without unsafe code";

    private const string Nibbles = "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32)] [Block(32, 18)] [BlockField(BlockPart.Scales, 0)] ";

    private const string Super = "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(16)] ";

    private const string SuperFields =
        "[BlockField(BlockPart.ScaleStep, 0)] [BlockField(BlockPart.Scales, 2, Bytes = 16, Bits = 8)] [BlockField(BlockPart.Codes, 18, Bytes = 128, Bits = 4, Run = 32)]";

    /// <summary>Id, phrase, marked source.</summary>
    public static readonly (string Id, string Phrase, string Source)[] Illegal =
    [
        ("DW0001", "add UniformCode, LookupCode or AdditiveCodebook", "[[|QuantFormat(\"f\")|]] [Group(32)]" + Type),
        ("DW0002", "keep one", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [[|LookupCode(-1f, 0f, 1f, 2f, Bits = 2)|]] [Group(32)]" + Type),
        ("DW0002", "F' already has UniformCode", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [[|AdditiveCodebook(Count = 1, CodeBits = 8, Dimension = 8)|]] [OutputScale(ScalarType.Float16)]" + Type),
        ("DW0003", "use 2 to 8", "[QuantFormat(\"f\")] [UniformCode(Bits = [|1|])] [Group(32)]" + Type),
        ("DW0003", "use 2 to 8", "[QuantFormat(\"f\")] [UniformCode(Bits = [|4 + 5|])] [Group(32)]" + Type),
        ("DW0003", "use 2 to 4", "[QuantFormat(\"f\")] [LookupCode(0f, 1f, Bits = [|1|])] [Group(32)]" + Type),
        ("DW0003", "use 2 to 4", "[QuantFormat(\"f\")] [LookupCode(0f, 1f, Bits = [|5|])] [Group(32)]" + Type),
        ("DW0003", "use 4, or 8 to 16", "[QuantFormat(\"f\")] [AdditiveCodebook(Count = 2, CodeBits = [|6|], Dimension = 8)] [OutputScale(ScalarType.Float16)]" + Type),
        ("DW0003", "use 4, or 8 to 16", "[QuantFormat(\"f\")] [AdditiveCodebook(Count = 1, CodeBits = [|17|], Dimension = 8)] [OutputScale(ScalarType.Float16)]" + Type),
        ("DW0004", "give 4 values or change Bits", "[QuantFormat(\"f\")] [LookupCode([|-1f, 0f, 1f|], Bits = 2)] [Group(32)]" + Type),
        ("DW0004", "the table has 5", "[QuantFormat(\"f\")] [LookupCode([|new[] { -1f, 0f, 1f, 2f, 3f }|], Bits = 2)] [Group(32)]" + Type),
        ("DW0004", "the table has 0", "[QuantFormat(\"f\")] [[|LookupCode(Bits = 2)|]] [Group(32)]" + Type),
        ("DW0005", "value 2 of the table, 0f, is not above the one before it", "[QuantFormat(\"f\")] [LookupCode([|-1f, 0f, 0f, 1f|], Bits = 2)] [Group(32)]" + Type),
        ("DW0005", "value 3 of the table, float.PositiveInfinity, is not finite", "[QuantFormat(\"f\")] [LookupCode([|-1f, 0f, 1f, float.PositiveInfinity|], Bits = 2)] [Group(32)]" + Type),
        ("DW0005", "value 0 of the table, float.NaN, is not finite", "[QuantFormat(\"f\")] [LookupCode([|float.NaN, 0f, 1f, 2f|], Bits = 2)] [Group(32)]" + Type),
        ("DW0006", "use 32, 64", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group([|48|])]" + Type),
        ("DW0006", "a group of 0 inputs", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(size: [|0|])]" + Type),
        ("DW0006", "a group of -32 inputs", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group([|-32|], Zero = ZeroPoint.Original)]" + Type),
        ("DW0007", "add Group(32)", "[QuantFormat(\"f\")] [[|UniformCode(Bits = 4)|]]" + Type),
        ("DW0007", "or OutputScale(ScalarType.Float16)", "[QuantFormat(\"f\")] [[|LookupCode(-1f, 0f, 1f, 2f, Bits = 2)|]]" + Type),
        ("DW0008", "use a Dimension of 4, 8 or 16", "[QuantFormat(\"f\")] [AdditiveCodebook(Count = 2, CodeBits = 8, Dimension = [|6|])] [OutputScale(ScalarType.Float16)]" + Type),
        ("DW0008", "beside codes of more than 8 bits is not supported", "[QuantFormat(\"f\")] [AdditiveCodebook(Count = 1, CodeBits = 12, Dimension = [|4|])] [OutputScale(ScalarType.Float16)]" + Type),
        ("DW0009", "use a Count of 1 to 8", "[QuantFormat(\"f\")] [AdditiveCodebook(Count = [|9|], CodeBits = 8, Dimension = 8)] [OutputScale(ScalarType.Float16)]" + Type),
        ("DW0009", "0 codebooks are out of range", "[QuantFormat(\"f\")] [AdditiveCodebook(Count = [|0|], CodeBits = 8, Dimension = 8)] [OutputScale(ScalarType.Float16)] [Nested]" + Type),
        ("DW0010", "use ScalarType.Float16 or ScalarType.Int8", "[QuantFormat(\"f\")] [AdditiveCodebook(Count = 2, CodeBits = 8, Dimension = 8, Codeword = [|ScalarType.BFloat16|])] [OutputScale(ScalarType.Float16)]" + Type),
        ("DW0010", "beside codes of more than 8 bits", "[QuantFormat(\"f\")] [AdditiveCodebook(Count = 1, CodeBits = 16, Dimension = 8, Codeword = [|ScalarType.Int8|])] [OutputScale(ScalarType.Float16)]" + Type),
        ("DW0011", "give AdditiveCodebook a Count of 2 or more", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32)] [[|Nested|]]" + Type),
        ("DW0011", "or remove Nested", "[QuantFormat(\"f\")] [AdditiveCodebook(Count = 1, CodeBits = 8, Dimension = 8)] [OutputScale(ScalarType.Float16)] [[|Nested|]]" + Type),
        ("DW0012", "readonly partial struct", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32)] public readonly struct [|F|];"),
        ("DW0013", "that may hold state: declare it as a readonly partial struct", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32)] public partial struct [|F|];"),
        ("DW0013", "is a record", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32)] public readonly partial record struct [|F|];"),
        ("DW0013", "is a ref struct", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32)] public readonly ref partial struct [|F|];"),
        ("DW0014", "is generic: declare it directly in a namespace", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32)] public readonly partial struct [|F|]<T>;"),
        ("DW0014", "is nested in 'Outer'", "internal static class Outer { [QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32)] internal readonly partial struct [|F|]; }"),
        ("DW0014", "is local to a file", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32)] file readonly partial struct [|F|];"),
        ("DW0015", "give each format a name of its own", "[QuantFormat([|\"f\"|])] [UniformCode(Bits = 4)] [Group(32)] public readonly partial struct F; [QuantFormat([|\"f\"|])] [UniformCode(Bits = 5)] [Group(32)] public readonly partial struct G;"),
        ("DW0016", "use lower-case letters", "[QuantFormat([|\"Int4\"|])] [UniformCode(Bits = 4)] [Group(32)]" + Type),
        ("DW0016", "use lower-case letters", "[QuantFormat([|\"4bit\"|])] [UniformCode(Bits = 4)] [Group(32)]" + Type),
        ("DW0016", "use lower-case letters", "[QuantFormat([|\"\"|])] [UniformCode(Bits = 4)] [Group(32)]" + Type),
        ("DW0016", "use lower-case letters", "[QuantFormat([|\"\u0131nt4\"|])] [UniformCode(Bits = 4)] [Group(32)]" + Type),
        ("DW0017", "use ZeroPoint.Original or ZeroPoint.Rescale", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32, Zero = [|ZeroPoint.Quantized|])]" + Type),
        ("DW0018", "remove Group and use OutputScale", "[QuantFormat(\"f\")] [AdditiveCodebook(Count = 2, CodeBits = 8, Dimension = 8)] [[|Group(32)|]]" + Type),
        ("DW0019", "remove Signed or use ZeroPoint.None", "[QuantFormat(\"f\")] [UniformCode(Bits = 4, Signed = true)] [Group(32, Zero = [|ZeroPoint.Original|])]" + Type),
        ("DW0019", "shift the table", "[QuantFormat(\"f\")] [LookupCode(-1f, 0f, 1f, 2f, Bits = 2)] [Group(32, Zero = [|ZeroPoint.Rescale|])]" + Type),
        ("DW0020", "use ScalarType.Float16, BFloat16 or Float32", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32, Scale = [|ScalarType.Int8|])]" + Type),
        ("DW0020", "use ScalarType.Float16", "[QuantFormat(\"f\")] [AdditiveCodebook(Count = 2, CodeBits = 8, Dimension = 8)] [OutputScale([|ScalarType.UInt8|])]" + Type),
        ("DW0021", "add QuantFormat", "[[|UniformCode(Bits = 4)|]]" + Type),
        ("DW0022", "use None, Original, Rescale, Quantized", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32, Zero = [|(ZeroPoint)9|])]" + Type),
        ("DW0022", "use None, BlockHadamard", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32)] [InputRotation([|(Rotation)9|])]" + Type),
        ("DW0022", "use Tensor, Model", "[QuantFormat(\"f\")] [AdditiveCodebook(Count = 2, CodeBits = 8, Dimension = 8, Scope = [|(CodebookScope)9|])] [OutputScale(ScalarType.Float16)]" + Type),
        ("DW0023", "remove InputRotation", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32)] [InputRotation([|Rotation.None|])]" + Type),
        ("DW0024", "add <AllowUnsafeBlocks>", "[[|QuantFormat(\"f\")|]] [UniformCode(Bits = 4)] [Group(32)]" + Type + SafeCode),
        ("DW0022", "use Jobs", "[QuantFormat(\"f\")] [UniformCode(Bits = 3)]" + Quantized + "[SecondLevel(ScaleBits = 3, ZeroBits = 3)] [SparseOutliers(Layout = [|(OutlierLayout)9|])]" + Type),
        ("DW0025", "use UniformCode with 2 to 4 Bits and Signed = false", "[QuantFormat(\"f\")] [UniformCode(Bits = 3, Signed = true)] [Group(16)] [[|SecondLevel(ScaleBits = 3, ZeroBits = 3)|]]" + Type),
        ("DW0025", "use UniformCode with 2 to 4 Bits", "[QuantFormat(\"f\")] [UniformCode(Bits = 5)] [Group(16, Zero = ZeroPoint.Quantized)] [[|SecondLevel(ScaleBits = 3, ZeroBits = 3)|]]" + Type),
        ("DW0025", "use UniformCode", "[QuantFormat(\"f\")] [LookupCode(-1f, 0f, 1f, 2f, Bits = 2)] [Group(16)] [[|SecondLevel(ScaleBits = 3, ZeroBits = 3)|]]" + Type),
        ("DW0025", "use Group(16, Zero = ZeroPoint.Quantized)", "[QuantFormat(\"f\")] [UniformCode(Bits = 3)] [Group(32, Zero = ZeroPoint.Quantized)] [[|SecondLevel(ScaleBits = 3, ZeroBits = 3)|]]" + Type),
        ("DW0025", "use Group(16, Zero = ZeroPoint.Quantized)", "[QuantFormat(\"f\")] [UniformCode(Bits = 3)] [Group(16)] [[|SecondLevel(ScaleBits = 3, ZeroBits = 3)|]]" + Type),
        ("DW0025", "use Group(16, Zero = ZeroPoint.Quantized)", "[QuantFormat(\"f\")] [UniformCode(Bits = 3)] [OutputScale(ScalarType.Float16)] [[|SecondLevel(ScaleBits = 3, ZeroBits = 3)|]]" + Type),
        ("DW0025", "remove Scale", "[QuantFormat(\"f\")] [UniformCode(Bits = 3)] [Group(16, Zero = ZeroPoint.Quantized, Scale = [|ScalarType.Float32|])] [SecondLevel(ScaleBits = 3, ZeroBits = 3)]" + Type),
        ("DW0025", "remove OutputScale", "[QuantFormat(\"f\")] [UniformCode(Bits = 3)]" + Quantized + "[SecondLevel(ScaleBits = 3, ZeroBits = 3)] [[|OutputScale(ScalarType.Float16)|]]" + Type),
        ("DW0026", "use 3 and 3, or 4 and 4", "[QuantFormat(\"f\")] [UniformCode(Bits = 3)]" + Quantized + "[SecondLevel(ScaleBits = [|5|], ZeroBits = 5)]" + Type),
        ("DW0026", "3 bits of a scale and 4 of a zero", "[QuantFormat(\"f\")] [UniformCode(Bits = 3)]" + Quantized + "[SecondLevel(ScaleBits = 3, ZeroBits = [|4|])]" + Type),
        ("DW0027", "use a GroupRows of 16", "[QuantFormat(\"f\")] [UniformCode(Bits = 3)]" + Quantized + "[SecondLevel(ScaleBits = 3, ZeroBits = 3, GroupRows = [|32|])]" + Type),
        ("DW0027", "use ScalarType.Float16", "[QuantFormat(\"f\")] [UniformCode(Bits = 3)]" + Quantized + "[SecondLevel(ScaleBits = 3, ZeroBits = 3, Stat = [|ScalarType.Float32|])]" + Type),
        ("DW0028", "add SecondLevel", "[QuantFormat(\"f\")] [UniformCode(Bits = 3)] [Group(32)] [[|SparseOutliers|]]" + Type),
        ("DW0029", "use ScalarType.Float16", "[QuantFormat(\"f\")] [UniformCode(Bits = 3)]" + Quantized + "[SecondLevel(ScaleBits = 3, ZeroBits = 3)] [SparseOutliers(Value = [|ScalarType.Float32|])]" + Type),
        ("DW0029", "use an Index of 16", "[QuantFormat(\"f\")] [UniformCode(Bits = 3)]" + Quantized + "[SecondLevel(ScaleBits = 3, ZeroBits = 3)] [SparseOutliers(Index = [|32|])]" + Type),
        ("DW0030", "use a multiple of 32 inputs", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32)] [Block([|48|], 26)] [BlockField(BlockPart.Scales, 0)] [BlockField(BlockPart.Codes, 2, Bytes = 24, Bits = 4)]" + Type),
        ("DW0030", "use a Group as large as the block", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group([|32|])] [Block(64, 34)] [BlockField(BlockPart.Scales, 0)] [BlockField(BlockPart.Codes, 2, Bytes = 32, Bits = 4)]" + Type),
        ("DW0030", "add Group", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [[|Block(32, 16)|]] [BlockField(BlockPart.Codes, 0, Bytes = 16, Bits = 4)]" + Type),
        ("DW0030", "use ZeroPoint.None or ZeroPoint.Rescale", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32, Zero = [|ZeroPoint.Original|])] [Block(32, 18)] [BlockField(BlockPart.Scales, 0)] [BlockField(BlockPart.Codes, 2, Bytes = 16, Bits = 4)]" + Type),
        ("DW0030", "use a GroupRows of 1", Super + "[[|SecondLevel(ScaleBits = 8, ZeroBits = 0)|]] [Block(256, 146)] " + SuperFields + Type),
        ("DW0030", "otherwise 0", Super + "[SecondLevel(ScaleBits = 8, ZeroBits = [|8|], GroupRows = 1)] [Block(256, 146)] " + SuperFields + Type),
        ("DW0030", "use 256 inputs", Super + "[SecondLevel(ScaleBits = 8, ZeroBits = 0, GroupRows = 1)] [Block([|128|], 146)] " + SuperFields + Type),
        ("DW0031", "use at most 7 Bits", "[QuantFormat(\"f\")] [UniformCode(Bits = [|8|])] [Group(32)] [Block(32, 34)] [BlockField(BlockPart.Scales, 0)] [BlockField(BlockPart.Codes, 2, Bytes = 32, Bits = 8)]" + Type),
        ("DW0031", "use values that are integers", "[QuantFormat(\"f\")] [LookupCode([|-1f, 0f, 0.3f, 1f|], Bits = 2)] [Group(64)] [Block(64, 18)] [BlockField(BlockPart.Scales, 0)] [BlockField(BlockPart.Codes, 2, Bytes = 16, Bits = 2)]" + Type),
        ("DW0031", "remove InputRotation", Nibbles + "[BlockField(BlockPart.Codes, 2, Bytes = 16, Bits = 4)] [[|InputRotation(Rotation.BlockHadamard)|]]" + Type),
        ("DW0032", "belong to two fields", Nibbles + "[[|BlockField(BlockPart.Codes, 1, Bytes = 16, Bits = 4)|]]" + Type),
        ("DW0032", "are not inside the block", Nibbles + "[[|BlockField(BlockPart.Codes, 3, Bytes = 16, Bits = 4)|]]" + Type),
        ("DW0032", "byte 10 has bits of no field", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32)] [[|Block(32, 18)|]] [BlockField(BlockPart.Scales, 0)] [BlockField(BlockPart.Codes, 2, Bytes = 8, Bits = 4)]" + Type),
        ("DW0032", "element 0 of Codes lacks bits", "[QuantFormat(\"f\")] [UniformCode(Bits = 5)] [Group(32)] [[|Block(32, 18)|]] [BlockField(BlockPart.Scales, 0)] [BlockField(BlockPart.Codes, 2, Bytes = 16, Bits = 4)]" + Type),
        ("DW0032", "add a BlockField for Scales", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32)] [[|Block(32, 16)|]] [BlockField(BlockPart.Codes, 0, Bytes = 16, Bits = 4)]" + Type),
        ("DW0032", "does not divide 16 bytes", Nibbles + "[[|BlockField(BlockPart.Codes, 2, Bytes = 16, Bits = 4, Run = 5)|]]" + Type),
        ("DW0032", "ternary digits have no Bits", "[QuantFormat(\"f\")] [LookupCode(-1f, 0f, 1f, Bits = 2)] [Group(160)] [Block(160, 34)] [BlockField(BlockPart.Scales, 0)] [[|BlockField(BlockPart.Codes, 2, Bytes = 32, Base = 3, Bits = 2)|]]" + Type),
        ("DW0032", "add Block", "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32)] [[|BlockField(BlockPart.Scales, 0)|]]" + Type),
    ];

    /// <summary>Declarations at the edges of the rules, all legal.</summary>
    public static readonly string[] Legal =
    [
        "[QuantFormat(\"f\")] [UniformCode(Bits = 2)] [Group(32)]" + Type,
        "[QuantFormat(\"f\")] [UniformCode(Bits = 8, Signed = true)] [Group(4096)]" + Type,
        "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [OutputScale(ScalarType.Float16)]" + Type,
        "[QuantFormat(\"f_1\")] [UniformCode(Bits = 5)] [Group(size: 96, Zero = ZeroPoint.Rescale)]" + Type,
        "[QuantFormat(\"f\")] [LookupCode(-1f, -0f, 1f, 3.4e38f, Bits = 2)] [Group(32, Zero = ZeroPoint.None)]" + Type,
        "[QuantFormat(\"f\")] [LookupCode(values: new[] { -4f, -3f, -2f, -1f, 0f, 1f, 2f, 3f }, Bits = 3)] [Group(32)]" + Type,
        "[QuantFormat(\"f\")] [AdditiveCodebook(Count = 1, CodeBits = 4, Dimension = 4)] [OutputScale(ScalarType.Float16)]" + Type,
        "[QuantFormat(\"f\")] [AdditiveCodebook(Count = 2, CodeBits = 12, Dimension = 16)] [OutputScale(ScalarType.Float16)] [Nested]" + Type,
        "[QuantFormat(\"f\")] [AdditiveCodebook(Count = 8, CodeBits = 8, Dimension = 16, Codeword = ScalarType.Int8, Scope = CodebookScope.Model)] [OutputScale(ScalarType.Float16)] [Nested]" + Type,
        "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32)] [InputRotation(Rotation.BlockHadamard)]" + Type,
        "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32)] internal readonly partial struct F { private const int Extra = 1; }",
        "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32, Scale = ScalarType.Float32, Zero = ZeroPoint.Rescale)]" + Type,
        "[QuantFormat(\"f\")] [LookupCode(-1f, 0f, 1f, 2f, Bits = 2)] [Group(32, Scale = ScalarType.BFloat16)]" + Type,
        "[QuantFormat(\"f\")] [AdditiveCodebook(Count = 2, CodeBits = 8, Dimension = 8)] [OutputScale(ScalarType.Float32)]" + Type,
        "[QuantFormat(\"f\")] [AdditiveCodebook(Count = 2, CodeBits = 4, Dimension = 16)]" + Type,
        "[QuantFormat(\"f\")] [UniformCode(Bits = 3)] [Group(128, Zero = ZeroPoint.Original)]" + Type,
        "[QuantFormat(\"f\")] [UniformCode(Bits = 6, Signed = true)] [Group(64)]" + Type,
        "[QuantFormat(\"f\")] [UniformCode(Bits = 7)] [Group(32, Zero = ZeroPoint.Original)]" + Type,
        "[QuantFormat(\"f\")] [UniformCode(Bits = 8)] [Group(32, Zero = ZeroPoint.Original)]" + Type,
        "[QuantFormat(\"f\")] [UniformCode(Bits = 8)] [Group(32, Zero = ZeroPoint.Rescale)]" + Type,
        "[QuantFormat(\"f\")] [UniformCode(Bits = 8, Signed = true)] [OutputScale(ScalarType.Float16)]" + Type,
        "[QuantFormat(\"f\")] [UniformCode(Bits = 4)] [Group(32)] [OutputScale(ScalarType.Float16)]" + Type,
        "[QuantFormat(\"f\")] [LookupCode(-1f, 0f, 1f, 2f, Bits = 2)] [OutputScale(ScalarType.Float16)]" + Type,
        "[QuantFormat(\"f\")] [LookupCode(-8f, -7f, -6f, -5f, -4f, -3f, -2f, -1f, 0f, 1f, 2f, 3f, 4f, 5f, 6f, 7f, Bits = 4)] [Group(64)]" + Type,
        "[QuantFormat(\"f\")] [UniformCode(Bits = 3)]" + Quantized + "[SecondLevel(ScaleBits = 3, ZeroBits = 3)]" + Type,
        "[QuantFormat(\"f\")] [UniformCode(Bits = 3)]" + Quantized + "[SecondLevel(ScaleBits = 3, ZeroBits = 3, GroupRows = 16, Stat = ScalarType.Float16)] [SparseOutliers]" + Type,
        "[QuantFormat(\"f\")] [UniformCode(Bits = 2)]" + Quantized + "[SecondLevel(ScaleBits = 4, ZeroBits = 4)] [SparseOutliers(Value = ScalarType.Float16, Index = 16, Layout = OutlierLayout.Jobs)]" + Type,
        "[QuantFormat(\"f\")] [UniformCode(Bits = 4)]" + Quantized + "[SecondLevel(ScaleBits = 3, ZeroBits = 3)] [SparseOutliers] [InputRotation(Rotation.BlockHadamard)]" + Type,
        Nibbles + "[BlockField(BlockPart.Codes, 2, Bytes = 16, Bits = 4)]" + Type,
        Nibbles + "[BlockField(BlockPart.Codes, 2, Bytes = 16, Bits = 4, Run = 1)]" + Type,
        Super + "[SecondLevel(ScaleBits = 8, ZeroBits = 0, GroupRows = 1)] [Block(256, 146)] " + SuperFields + Type,
        Super + "[SecondLevel(ScaleBits = 8, ZeroBits = 0, GroupRows = 1)] [Block(256, 146, SignedScales = true)] " + SuperFields + Type,
        "[QuantFormat(\"f\")] [UniformCode(Bits = 2)] [Group(32, Zero = ZeroPoint.Rescale, Scale = ScalarType.Float32)] [Block(32, 16)] [BlockField(BlockPart.Zeros, 4)] [BlockField(BlockPart.Scales, 0)] [BlockField(BlockPart.Codes, 8, Bytes = 8, Bits = 2, Run = 2)]" + Type,
        "[QuantFormat(\"f\")] [LookupCode(-1f, 0f, 1f, Bits = 2)] [Group(160, Scale = ScalarType.BFloat16)] [Block(160, 34)] [BlockField(BlockPart.Scales, 32)] [BlockField(BlockPart.Codes, 0, Bytes = 32, Base = 3)]" + Type,
        "[QuantFormat(\"f\")] [LookupCode(0f, 2f, -1f, 0.5f, Bits = 2)] [Group(64, Scale = ScalarType.Exponent8)] [Block(64, 17)] [BlockField(BlockPart.Scales, 0)] [BlockField(BlockPart.Codes, 1, Bytes = 16, Bits = 2, Run = 1)]" + Type,
        "internal readonly partial struct NotAFormat;",
    ];
}
