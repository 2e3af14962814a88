using Dropwise.Cpu;

namespace Dropwise.Conformance;

/// <summary>
/// The errors that kernels may have (design.md, section 7): ‖y − y*‖ / ‖y*‖, and on adversarial values ‖y − y*‖ / ‖ |Ŵ| |x| ‖, because
/// there the products cancel.
/// </summary>
public static class ErrorClass
{
    /// <summary>The largest relative error for what a kernel reads.</summary>
    /// <param name="activation">What it reads.</param>
    public static double LimitOf(ActivationKind activation) => activation switch
    {
        ActivationKind.Float32 => 1e-5,
        ActivationKind.Int16 or ActivationKind.Split16 or ActivationKind.Int16InOrder => 3e-4,
        ActivationKind.Half => 1e-3,
        _ => 1.5e-2,
    };
}
