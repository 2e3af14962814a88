namespace Dropwise.Generators.Lowering;

/// <summary>Codes to values in device memory, row-major.</summary>
internal sealed record CudaDequantize : Schedule;

/// <summary>
/// Products of halves by <c>mma</c>: a warp decodes its rows into fragments and multiplies all tokens of the tile, so that each weight is decoded once a
/// block; activations come through shared memory.
/// </summary>
/// <param name="Warps">Warps of a block, each with rows of its own.</param>
/// <param name="WarpTiles">Tiles of 16 rows of a warp.</param>
internal sealed record CudaGemm(int Warps, int WarpTiles) : Schedule;

/// <summary>Products of halves by <c>wgmma</c>: one warpgroup copies activations, the others decode 64 rows each into registers and multiply.</summary>
/// <param name="Groups">Warpgroups of a block that decode.</param>
internal sealed record CudaWarpgroupGemm(int Groups) : Schedule;

/// <summary>Products of split activations by integer <c>mma</c>: a warp keeps its slice of the activations in registers and streams rows past it.</summary>
/// <param name="ColumnTiles">Tiles of eight columns of the right operand.</param>
/// <param name="Steps">Steps of 32 inputs whose activations a warp keeps: 8 or 16.</param>
/// <param name="Threads">The most threads of a block, so that none of its registers spills.</param>
/// <param name="CodewordHalves">
/// Whether the halves of a codeword are the rows of the left operand, which leaves a look-up's registers where they are, and not two rows of weights. A column
/// tile then serves two tokens instead of four.
/// </param>
/// <param name="FillsRegisters">
/// Whether the compiler may use all registers that one block leaves; otherwise it keeps loads closer to their use, without which long bodies spill.
/// </param>
internal sealed record CudaGemv(int ColumnTiles, int Steps, int Threads, bool CodewordHalves = false, bool FillsRegisters = true) : Schedule;
