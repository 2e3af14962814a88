using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.Feedback;

/// <summary>
/// The order in which inputs are settled. Those that are settled first can be made up for by all others, so they should be those of much energy
/// (GPTQ's act-order). Only whole groups change places, and inputs inside of their group: a scale is then chosen when its first input is due, for weights
/// that have all earlier errors in them, and nothing of the order has to be stored.
/// </summary>
internal sealed class InputOrder
{
    private InputOrder(int[] inputs, InputGroup[] groups)
    {
        Inputs = inputs;
        Groups = groups;
    }

    /// <summary>The input at each place, [K].</summary>
    public int[] Inputs { get; }

    /// <summary>The groups, in the order of their places.</summary>
    public InputGroup[] Groups { get; }

    /// <summary>Inputs as they are stored.</summary>
    /// <param name="columns">Inputs K.</param>
    /// <param name="groupSize">Inputs of a group, the last perhaps shorter.</param>
    public static InputOrder Natural(int columns, int groupSize) => Of(columns, groupSize, static _ => 0);

    /// <summary>Groups by their mean energy and inputs of a group by theirs, the largest first; equals as they are stored.</summary>
    /// <param name="moments">H; its diagonal is the energy.</param>
    /// <param name="groupSize">Inputs of a group, the last perhaps shorter.</param>
    public static InputOrder ByEnergy(InputMoments moments, int groupSize) =>
        Of(moments.Columns, groupSize, input => moments.Hessian[((long)input * moments.Columns) + input]);

    private static InputOrder Of(int columns, int groupSize, Func<int, double> energy)
    {
        int[] inputs = new int[columns];
        var groups = new List<InputGroup>();
        int place = 0;
        foreach (int[] members in Enumerable.Range(0, columns).Chunk(groupSize).OrderByDescending(members => members.Average(energy)))
        {
            groups.Add(new InputGroup(members[0] / groupSize, place, members.Length));
            foreach (int input in members.OrderByDescending(energy)) inputs[place++] = input;
        }

        return new InputOrder(inputs, [.. groups]);
    }
}

/// <summary>A group of inputs.</summary>
/// <param name="Index">Its index among the groups of a row, as stored.</param>
/// <param name="First">The place of the first input that is settled.</param>
/// <param name="Length">Inputs, which have neighbouring places.</param>
internal readonly record struct InputGroup(int Index, int First, int Length)
{
    /// <summary>The place after the last.</summary>
    public int End => First + Length;
}
