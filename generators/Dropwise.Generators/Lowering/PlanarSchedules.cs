using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>Dequantize a planar tile: a lane is a row, shifts and masks bring one input's code into each lane.</summary>
internal sealed record PlanarDequantize : Schedule;

/// <summary>
/// Byte products of unsigned codes of at most 7 bits with int8 activations: adjacent products are summed in 16 bits, then in 32.
/// </summary>
/// <param name="ProductsBeforeWidening">Products that a 16-bit lane can sum before it may overflow.</param>
internal sealed record PlanarByteGemv(int ProductsBeforeWidening) : Schedule;

/// <summary>The byte products of <see cref="PlanarByteGemv"/> for several tokens: a block's codes are unpacked once for all of them.</summary>
/// <param name="ProductsBeforeWidening">Products that a 16-bit lane can sum before it may overflow.</param>
internal sealed record PlanarByteGemm(int ProductsBeforeWidening) : Schedule;

/// <summary>
/// 16-bit products of 8-bit codes, or of the entries of a table, with int16 activations in the order x0, x2, x1, x3 of each four.
/// </summary>
/// <param name="Table">Lookup codes: the values rounded to 16 bits; otherwise empty.</param>
/// <param name="TableScale">What an entry of <paramref name="Table"/> is multiplied by to give the value.</param>
internal sealed record PlanarWordGemv(EquatableArray<short> Table, float TableScale) : Schedule;
