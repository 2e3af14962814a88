namespace Dropwise.Cpu;

/// <summary>Where one operand stream of a packed matrix lies, and how far its tiles, blocks and groups are apart.</summary>
/// <param name="Address">The first byte; 0 where the stream's level is missing.</param>
/// <param name="TileBytes">From one tile to the next.</param>
/// <param name="BlockBytes">From one block of 32 inputs to the next inside a whole tile; of use for codes.</param>
/// <param name="GroupBytes">From one group of inputs to the next inside a tile; of use for group scales and zeros.</param>
internal readonly record struct PackedStream(nint Address, long TileBytes, long BlockBytes, long GroupBytes);
