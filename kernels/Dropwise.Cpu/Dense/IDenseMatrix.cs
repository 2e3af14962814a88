namespace Dropwise.Cpu;

/// <summary>A matrix whose elements lie row-major in memory: what a device copies as it is.</summary>
public interface IDenseMatrix
{
    /// <summary>The element type: float32, float16 or bfloat16.</summary>
    ScalarType Type { get; }

    /// <summary>The address of the first element, of any alignment; valid as long as the matrix.</summary>
    nint Address { get; }
}
