using System.Collections.Immutable;

namespace Dropwise.Generators.Parsing;

/// <summary>Metadata names of the attributes of the format language.</summary>
internal static class KnownAttributes
{
    /// <summary>Marks a format; the others are read only beside it.</summary>
    public const string QuantFormat = "Dropwise.QuantFormatAttribute";

    /// <summary>Integer codes.</summary>
    public const string UniformCode = "Dropwise.UniformCodeAttribute";

    /// <summary>Codes that index a table.</summary>
    public const string LookupCode = "Dropwise.LookupCodeAttribute";

    /// <summary>Codes that index codebooks, whose codewords are added.</summary>
    public const string AdditiveCodebook = "Dropwise.AdditiveCodebookAttribute";

    /// <summary>Inputs that share a scale.</summary>
    public const string Group = "Dropwise.GroupAttribute";

    /// <summary>Scales and zeros that are quantized themselves.</summary>
    public const string SecondLevel = "Dropwise.SecondLevelAttribute";

    /// <summary>Weights in high precision.</summary>
    public const string SparseOutliers = "Dropwise.SparseOutliersAttribute";

    /// <summary>Bytes that are somebody else's.</summary>
    public const string Block = "Dropwise.BlockAttribute";

    /// <summary>A field of such bytes.</summary>
    public const string BlockField = "Dropwise.BlockFieldAttribute";

    /// <summary>A scale a row.</summary>
    public const string OutputScale = "Dropwise.OutputScaleAttribute";

    /// <summary>Prefixes of codebooks are levels.</summary>
    public const string Nested = "Dropwise.NestedAttribute";

    /// <summary>The rotation of the inputs.</summary>
    public const string InputRotation = "Dropwise.InputRotationAttribute";

    /// <summary>All but <see cref="QuantFormat"/>.</summary>
    public static readonly ImmutableArray<string> Parts =
        [UniformCode, LookupCode, AdditiveCodebook, Group, SecondLevel, SparseOutliers, Block, BlockField, OutputScale, Nested, InputRotation];
}
