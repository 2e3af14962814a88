namespace Dropwise.Quantization.Feedback;

/// <summary>One group of all rows of a piece at the moment when its first input is due.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Factor">What H says about errors.</param>
/// <param name="Block">The block that the group is in.</param>
/// <param name="Group">The group.</param>
/// <param name="Own">The gains between the group's own inputs, i before j at [j, i].</param>
/// <param name="Corrected">The block's targets with the errors of all settled inputs in them, [rows, block].</param>
internal sealed record DueRows(SettledRows Rows, FeedbackFactor Factor, FeedbackBlock Block, InputGroup Group, float[] Own, float[] Corrected)
{
    /// <summary>The group of one row.</summary>
    /// <param name="row">A row of the piece.</param>
    /// <param name="outlierPrice">What a weight in high precision costs.</param>
    public DueGroup Of(int row, float outlierPrice = float.PositiveInfinity) => new()
    {
        Targets = Rows.Targets.AsSpan((row * Factor.Columns) + Group.First, Group.Length),
        Corrected = CorrectedFrom(row)[..Group.Length],
        Costs = Factor.Costs.AsSpan(Group.First, Group.Length),
        Gains = Own.AsSpan(0, Group.Length * Group.Length),
        OutlierPrice = outlierPrice,
    };

    /// <summary>Corrected targets of one row from the group's first input to the block's last.</summary>
    /// <param name="row">A row of the piece.</param>
    public Span<float> CorrectedFrom(int row) => Corrected.AsSpan(row * Block.Length, Block.Length)[(Group.First - Block.First)..];
}
