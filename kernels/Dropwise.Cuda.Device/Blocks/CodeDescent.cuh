// Code descent for sums of codewords (Dropwise.Quantization, CodeDescent): runs get other codes where these cost less under the exact error, all others being fixed. With
// errors E and moments H, S = E H; a run aims at its present sum + S_j inverse(H_jj), each level in its metric H_jj.
struct Descent {
    SearchBatch batch;            // with H for the matrix of moments
    float* changes[MOST_LEVELS];  // [rows][inputs of the batch]: what errors change by
    const float* scales;          // [rows]; rows of scale 0 stay as they are
    double* gains;                // [rows]: what changes take off the weighted error, added to
};

static_assert(sizeof(Descent) == 336, "Descent must match its C# twin");

// Aims, by the codes that the run has.
DEVICE void aim(WarpState& state, const SearchBatch& p, const float* tables, const u16 (&present)[CODEBOOKS], int row, int column) {
    for (int i = lane_index(); i < LEVELS * DIMENSION; i += warp_lanes) {
        const int level = i / DIMENSION, j = i % DIMENSION;
        state.targets[level][j] = prefix_sum(tables, present, level, j) + pull_of_others(p, level, row, column, j);
    }

    __syncwarp();
}

// Writes down what the errors of a run change by, and hands it on.
DEVICE void change(WarpState& state, const Descent& p, const float* tables, const u16 (&before)[CODEBOOKS], const u16 (&after)[CODEBOOKS], int row, int column) {
    const i64 place = (i64)row * (p.batch.last - p.batch.first) + column - p.batch.first;
    for (int i = lane_index(); i < LEVELS * DIMENSION; i += warp_lanes) {
        const int level = i / DIMENSION, j = i % DIMENSION;
        const float change = prefix_sum(tables, before, level, j) - prefix_sum(tables, after, level, j);
        p.changes[level][place + j] = change;
        state.changes[level][j] = change;
    }

    hand_on(state, p.batch, row, column);
}

extern "C" __global__ void __launch_bounds__(SEARCH_WARPS * warp_lanes) improve_batch(const __grid_constant__ Descent p) {
    extern __shared__ float tables[];
    WarpState& state = load_tables(p.batch, tables);
    for (int row = first_row(); row < p.batch.rows; row += row_step()) {
        const double scale = p.scales[row];
        if (scale == 0) continue;
        double gain = 0;
        for (int column = p.batch.first; column < p.batch.last; column += DIMENSION) {
            u16 present[CODEBOOKS], found[CODEBOOKS];
            load_codes(p.batch, row, column, present);
            aim(state, p.batch, tables, present, row, column);
            const float before = cost_of(state, p.batch, tables, present, column / DIMENSION);
            const float after = search_run(state, p.batch, tables, column / DIMENSION, found);
            if (!(after < before)) continue;
            gain += before - after;
            store_codes(p.batch, row, column, found);
            change(state, p, tables, present, found, row, column);
        }

        if (lane_index() == 0) p.gains[row] += gain * scale * scale;
    }
}

extern "C" __device__ const int improve_batch_shared_bytes = SEARCH_SHARED_BYTES;
