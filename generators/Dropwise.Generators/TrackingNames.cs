namespace Dropwise.Generators;

/// <summary>The names of the pipeline's steps, by which tests look up whether a step ran again or was cached.</summary>
internal static class TrackingNames
{
    /// <summary>Annotated type to <see cref="Model.FormatSpec"/>.</summary>
    public const string Parse = "Parse";

    /// <summary>Declarations whose name is taken twice are dropped.</summary>
    public const string Distinct = "Distinct";

    /// <summary><see cref="Model.FormatSpec"/> to <see cref="Lowering.KernelPlan"/>.</summary>
    public const string Lower = "Lower";

    /// <summary><see cref="Lowering.KernelPlan"/> to the text of a format's files.</summary>
    public const string Emit = "Emit";

    /// <summary>The namespace of the assembly's table.</summary>
    public const string RootNamespace = "RootNamespace";

    /// <summary>All formats of the assembly to the text of its table.</summary>
    public const string Table = "Table";
}
