namespace Dropwise.Cpu;

/// <summary>
/// Some float32 side by side: 16, 8 or 1. An operation that is written over this interface exists for every instruction set, and
/// its tail is the same operation with one lane.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal unsafe interface IFloatLanes<TSelf>
    where TSelf : struct, IFloatLanes<TSelf>
{
    /// <summary>Lanes.</summary>
    static abstract int Count { get; }

    /// <summary>Consecutive elements.</summary>
    /// <param name="source">The first one.</param>
    static abstract TSelf Load(float* source);

    /// <summary>One value in all lanes.</summary>
    /// <param name="value">The value.</param>
    static abstract TSelf Broadcast(float value);

    /// <summary>Stores to consecutive elements.</summary>
    /// <param name="destination">The first one.</param>
    void Store(float* destination);

    /// <summary>The sum of all lanes.</summary>
    float Sum();

    /// <summary>The largest lane.</summary>
    float Maximum();

    /// <summary>a · b + c, rounded once where the processor can.</summary>
    /// <param name="a">A factor.</param>
    /// <param name="b">A factor.</param>
    /// <param name="c">What is added.</param>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>The larger of two, lane by lane.</summary>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>The smaller of two, lane by lane.</summary>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    static abstract TSelf Min(TSelf a, TSelf b);

    /// <summary>2 to the power of whole numbers.</summary>
    /// <param name="exponent">Whole numbers in [−126, 127].</param>
    static abstract TSelf PowerOfTwo(TSelf exponent);

    /// <summary>The nearest whole number, ties to even.</summary>
    /// <param name="value">Values of magnitude below 2^22.</param>
    static abstract TSelf Round(TSelf value);

    /// <summary>Lane by lane.</summary>
    static abstract TSelf operator +(TSelf a, TSelf b);

    /// <summary>Lane by lane.</summary>
    static abstract TSelf operator -(TSelf a, TSelf b);

    /// <summary>Lane by lane.</summary>
    static abstract TSelf operator *(TSelf a, TSelf b);

    /// <summary>Lane by lane.</summary>
    static abstract TSelf operator /(TSelf a, TSelf b);
}
