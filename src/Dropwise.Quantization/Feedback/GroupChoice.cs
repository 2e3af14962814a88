namespace Dropwise.Quantization.Feedback;

/// <summary>Scale and zero of a group: ŵ = s · v + o for a code that stands for v.</summary>
/// <param name="Scale">s.</param>
/// <param name="Zero">What the format stores beside the scale: an integer zero point, an offset, or 0.</param>
/// <param name="Offset">o.</param>
internal readonly record struct GroupChoice(float Scale, float Zero, float Offset);
