namespace Dropwise.Quantization.Feedback;

/// <summary>Revises groups that have scales of their own.</summary>
/// <param name="codes">The codes.</param>
internal sealed class OwnScaleRevision(ScalarCodes codes) : GroupRevision
{
    /// <inheritdoc/>
    public override void Run(BlockRows rows, InputGroup group)
    {
        for (int row = 0; row < rows.Count; row++)
        {
            SettledGroup settled = rows.Of(row, group);
            ref GroupChoice choice = ref rows.Choice(row, group);
            choice = codes.Rescale(settled, choice);
            codes.Exchange(settled, choice);
        }
    }
}
