// How the positions of one sequence are shared out over blocks while decoding. The launch has a fixed number of splits, because a
// captured graph cannot change; how many of them have work follows from the position, which lies in device memory.

// Below this, a block's own overhead outweighs what another block takes off it.
constexpr int LEAST_SPLIT = 64;

// Positions of a split: whole runs of 16, so that splits start aligned.
DEVICE int split_length(int positions, int splits) {
    const int even = (positions + splits - 1) / splits;
    return max(LEAST_SPLIT, (even + 15) / 16 * 16);
}

// Splits that have positions.
DEVICE int live_splits(int positions, int splits) {
    const int length = split_length(positions, splits);
    return (positions + length - 1) / length;
}
