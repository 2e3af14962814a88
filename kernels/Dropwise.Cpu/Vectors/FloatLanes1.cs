using System.Runtime.CompilerServices;

namespace Dropwise.Cpu;

/// <summary>One float32: tails, and processors without vectors.</summary>
internal readonly unsafe struct FloatLanes1(float value) : IFloatLanes<FloatLanes1>
{
    private readonly float _value = value;

    public static int Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatLanes1 Load(float* source) => new(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatLanes1 Broadcast(float value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatLanes1 MultiplyAdd(FloatLanes1 a, FloatLanes1 b, FloatLanes1 c) => new((a._value * b._value) + c._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatLanes1 Max(FloatLanes1 a, FloatLanes1 b) => new(MathF.Max(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatLanes1 Min(FloatLanes1 a, FloatLanes1 b) => new(MathF.Min(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatLanes1 PowerOfTwo(FloatLanes1 exponent) => new(BitConverter.Int32BitsToSingle(((int)exponent._value + 127) << 23));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatLanes1 Round(FloatLanes1 value) => new(MathF.Round(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatLanes1 operator +(FloatLanes1 a, FloatLanes1 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatLanes1 operator -(FloatLanes1 a, FloatLanes1 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatLanes1 operator *(FloatLanes1 a, FloatLanes1 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatLanes1 operator /(FloatLanes1 a, FloatLanes1 b) => new(a._value / b._value);

    public void Store(float* destination) => *destination = _value;

    public float Sum() => _value;

    public float Maximum() => _value;
}
