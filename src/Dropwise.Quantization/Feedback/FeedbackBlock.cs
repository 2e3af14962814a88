namespace Dropwise.Quantization.Feedback;

/// <summary>Neighbouring groups that are settled before their errors go to all inputs behind them, as one product of matrices.</summary>
/// <param name="First">The place of its first input.</param>
/// <param name="Length">Inputs.</param>
/// <param name="Groups">The groups, in order.</param>
internal sealed record FeedbackBlock(int First, int Length, InputGroup[] Groups)
{
    // Blocks of GPTQ's length: the product that follows reads a panel of two cache lines an input, and what is done input by input stays in cache.
    private const int Inputs = 128;

    /// <summary>Cuts the groups of an order into blocks.</summary>
    /// <param name="order">Groups in the order of their places.</param>
    public static FeedbackBlock[] Of(InputOrder order)
    {
        var blocks = new List<FeedbackBlock>();
        var groups = new List<InputGroup>();
        foreach (InputGroup group in order.Groups)
        {
            if (groups.Count != 0 && group.End - groups[0].First > Inputs) Close();
            groups.Add(group);
        }

        Close();
        return [.. blocks];

        void Close()
        {
            blocks.Add(new FeedbackBlock(groups[0].First, groups[^1].End - groups[0].First, [.. groups]));
            groups.Clear();
        }
    }
}
