namespace Dropwise;

/// <summary>
/// What happens to one input site before matrices that are stored for it: a block-Hadamard rotation, or another order of the inputs. Identity
/// matters: matrices that read the same activation hold the same instance, so that it is transformed once.
/// </summary>
public sealed class InputTransform
{
    /// <summary>Creates a rotation.</summary>
    /// <param name="signs">One of +1 and −1 for each input [K].</param>
    /// <exception cref="ArgumentException">There is no input, or a sign is neither +1 nor −1.</exception>
    public InputTransform(sbyte[] signs)
    {
        if (signs.Length == 0) throw new ArgumentException("a rotation needs at least one input", nameof(signs));
        if (signs.AsSpan().IndexOfAnyExcept((sbyte)1, (sbyte)-1) is >= 0 and int at)
            throw new ArgumentException($"sign {at} is {signs[at]}, not +1 or -1", nameof(signs));
        Signs = signs;
        BlockSize = FormatDescriptor.RotationBlock(signs.Length);
    }

    /// <summary>Creates another order of the inputs, as SpQR's files have it: stored input k is the model's input order[k].</summary>
    /// <param name="order">Each of 0 to K − 1 once.</param>
    /// <exception cref="ArgumentException">There is no input, or one is missing.</exception>
    public InputTransform(int[] order)
    {
        if (order.Length == 0) throw new ArgumentException("an order needs at least one input", nameof(order));
        var seen = new bool[order.Length];
        foreach (int input in order)
        {
            if (input < 0 || input >= order.Length || seen[input]) throw new ArgumentException($"input {input} is not there once among {order.Length}", nameof(order));
            seen[input] = true;
        }

        Signs = [];
        Order = order;
        BlockSize = order.Length;
    }

    /// <summary>A rotation's signs, one of +1 and −1 for each input [K]; otherwise empty.</summary>
    public sbyte[] Signs { get; }

    /// <summary>The model's input for each stored one [K], or null for a rotation.</summary>
    public int[]? Order { get; }

    /// <summary>Inputs K.</summary>
    public int Columns => Order?.Length ?? Signs.Length;

    /// <summary>Inputs that belong together: the length p of a Hadamard block; all of them where only their order changes.</summary>
    public int BlockSize { get; }
}
