namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>The steps that improve additive codes of a matrix, wherever they are computed. None raises the weighted error.</summary>
internal interface IRefinementSteps : IDisposable
{
    /// <summary>What codes leave of each level's target, tr((T − Ŵ) H (T − Ŵ)ᵀ), whatever the levels count.</summary>
    /// <returns>An error a level.</returns>
    double[] Errors();

    /// <summary>Says what levels count from here on.</summary>
    /// <param name="weights">λ of each level.</param>
    void Weigh(float[] weights);

    /// <summary>Goes over all codes once.</summary>
    /// <returns>The weighted error afterwards.</returns>
    double SearchCodes();

    /// <summary>Fits row scales to the codes.</summary>
    /// <param name="type">What scales are stored as.</param>
    /// <returns>What this has taken off the weighted error.</returns>
    double FitScales(ScalarType type);

    /// <summary>What codebooks are fitted by where the steps are computed.</summary>
    /// <param name="levels">The levels for the rows that are looked at.</param>
    /// <param name="codes">Their codes.</param>
    ICodebookGradient GradientOf(MomentsLevel[] levels, AdditiveCodes codes);

    /// <summary>Says that the codes have other codebooks.</summary>
    void CodebooksChanged();

    /// <summary>Brings codes to where they came from; scales are there.</summary>
    void ReadCodes();
}
