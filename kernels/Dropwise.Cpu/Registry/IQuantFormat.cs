namespace Dropwise.Cpu;

/// <summary>What the generator makes of an annotated type: the type's row of the registry.</summary>
public interface IQuantFormat
{
    /// <summary>The format's row.</summary>
    static abstract FormatRow Row { get; }
}
