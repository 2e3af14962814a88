namespace Dropwise.ModelFiles;

/// <summary>The <c>linear</c> scaling: all positions are pressed together (arXiv 2306.15595).</summary>
/// <param name="Factor">How much.</param>
public sealed record LinearRopeScaling(double Factor) : RopeScaling
{
    /// <inheritdoc/>
    public override double Scale(double frequency, int pair, int dimension, double theta) => frequency / Factor;
}
