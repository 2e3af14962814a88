namespace Dropwise;

/// <summary>How the outliers of a matrix are ordered and found.</summary>
/// <remarks>This file is linked into the generator, which reads the same values from syntax.</remarks>
public enum OutlierLayout
{
    /// <summary>
    /// Jobs of 16 output rows × 512 inputs, each with the number of its first entry; inside a job entries ascend by input, then by row.
    /// So a kernel meets the outliers of the weights that it holds at hand, whatever share of a matrix it has.
    /// </summary>
    Jobs = 0,
}
