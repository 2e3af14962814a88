namespace Dropwise.Quantization.Tuning;

/// <summary>What decides how far values go in a step.</summary>
public enum ValueOptimizer
{
    /// <summary>Adam (Kingma and Ba, arXiv 1412.6980): each value as far as its own gradients agree, in parts of the size that values had at the start.</summary>
    Adam = 0,

    /// <summary>LAMB (You et al., arXiv 1904.00962): Adam's direction, with which all values of a tensor together go the same part of their present size in each step; a tensor of zeros takes Adam's step with a size of 1.</summary>
    Lamb = 1,
}
