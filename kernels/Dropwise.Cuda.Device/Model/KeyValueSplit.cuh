// How the positions of one sequence are shared out over blocks while decoding. The launch has a fixed number of splits, because a
// captured graph cannot change; how many of them have work follows from the position, which lies in device memory.

// Whether any layer of the model attends to a window only: models without one read no window.
constexpr bool has_windows = WINDOWS != 0;

// The first position that the last of `positions` attends to.
DEVICE int window_start(int positions, int window) {
    if constexpr (has_windows) return max(0, positions - window);
    return 0;
}

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
