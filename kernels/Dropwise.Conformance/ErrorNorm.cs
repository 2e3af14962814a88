namespace Dropwise.Conformance;

/// <summary>Sums of squares of an error and of what it is relative to.</summary>
internal struct ErrorNorm
{
    private double _difference;
    private double _reference;

    /// <summary>The relative error; infinite where a zero reference was missed or a result is not finite.</summary>
    public readonly double Value =>
        _difference == 0 ? 0
        : double.IsFinite(_difference) && _reference > 0 ? Math.Sqrt(_difference / _reference)
        : double.PositiveInfinity;

    /// <summary>Adds one result.</summary>
    /// <param name="actual">The result.</param>
    /// <param name="expected">The oracle's.</param>
    /// <param name="reference">What the error is relative to.</param>
    public void Add(double actual, double expected, double reference)
    {
        _difference += (actual - expected) * (actual - expected);
        _reference += reference * reference;
    }
}
