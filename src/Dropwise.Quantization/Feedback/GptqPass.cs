namespace Dropwise.Quantization.Feedback;

/// <summary>Settles groups whose scales are numbers of their own: each row by itself.</summary>
/// <param name="factor">What H says about errors.</param>
/// <param name="codes">The codes.</param>
internal sealed class GptqPass(FeedbackFactor factor, ScalarCodes codes) : FeedbackPass(factor, null)
{
    /// <inheritdoc/>
    protected override void Settle(DueRows due, SettleScratch scratch)
    {
        for (int row = 0; row < due.Rows.Count; row++)
        {
            GroupChoice choice = codes.Settle(due.Of(row), scratch);
            Commit(due, row, choice, scratch);
        }
    }
}
