namespace Dropwise.Quantization.Verification;

/// <summary>What a device made of one part of quantizing, beside what the processor made of it.</summary>
/// <param name="Name">The part and its shape.</param>
/// <param name="Error">How far the two are apart, relative.</param>
/// <param name="Limit">How far they may be: rounding where both compute the same, more where one of two codes that are nearly as good may be chosen.</param>
public sealed record DeviceCheck(string Name, double Error, double Limit);
