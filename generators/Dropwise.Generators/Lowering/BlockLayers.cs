using System;
using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>Places the pieces of elements in lanes: which byte of which window each lane reads, and which digit of it.</summary>
internal static class BlockLayers
{
    private const int WindowBytes = 16;

    /// <summary>The layers that together give the elements of some lanes.</summary>
    /// <param name="packing">The block.</param>
    /// <param name="part">What the elements are.</param>
    /// <param name="elements">The element of each lane; a multiple of 16 lanes.</param>
    public static EquatableArray<LaneLayer> Of(BlockPacking packing, BlockPart part, IReadOnlyList<int> elements) => new(
        packing.Block.Of(part)
            .Where(field => elements.Any(field.Holds))
            .GroupBy(static field => (field.Base, field.Bits, field.Place))
            .Select(layer => Layer(packing.Block, [.. layer], elements)));

    private static LaneLayer Layer(BlockSpec block, BlockFieldSpec[] fields, IReadOnlyList<int> elements)
    {
        int[] bytes = new int[elements.Count];
        int[] digits = new int[elements.Count];
        for (int lane = 0; lane < elements.Count; lane++)
        {
            BlockFieldSpec? field = fields.FirstOrDefault(candidate => candidate.Holds(elements[lane]));
            bytes[lane] = field?.ByteOf(elements[lane]) ?? -1;
            digits[lane] = field is null ? 0 : field.Base == 3 ? PowerOfThree(field.DigitOf(elements[lane])) : field.ShiftOf(elements[lane]);
        }

        int[] windows = [.. Enumerable.Range(0, elements.Count / 16).Select(half => Window(block, bytes.Skip(half * 16).Take(16)))];
        return new LaneLayer(
            fields[0].Base, fields[0].Bits, fields[0].Place,
            new EquatableArray<int>(windows),
            new EquatableArray<int>(bytes.Select((at, lane) => at < 0 ? -1 : at - windows[lane / 16])),
            new EquatableArray<int>(digits));
    }

    // No window ends behind the block, because the block may end where the file does.
    private static int Window(BlockSpec block, IEnumerable<int> bytes)
    {
        int first = bytes.Where(static at => at >= 0).DefaultIfEmpty(0).Min();
        return Math.Min(first, block.Bytes - WindowBytes);
    }

    private static int PowerOfThree(int exponent) => exponent == 0 ? 1 : 3 * PowerOfThree(exponent - 1);
}
