// Error feedback for sums of codewords, each level with a target of its own (Dropwise.Quantization, ErrorFeedbackQuantizer): runs are settled in ascending order, and
// what a run leaves of its targets is handed on to later ones.
struct Feedback {
    SearchBatch batch;           // with U, upper triangular, for the matrix of moments
    float* errors[MOST_LEVELS];  // [rows][columns]: targets, then what is left of them
};

static_assert(sizeof(Feedback) == 320, "Feedback must match its C# twin");

// What a level's run is to come close to: T + S inverse(U_jj).
DEVICE void aim(WarpState& state, const Feedback& p, int row, int column) {
    for (int i = lane_index(); i < LEVELS * DIMENSION; i += warp_lanes) {
        const int level = i / DIMENSION, j = i % DIMENSION;
        state.targets[level][j] = p.errors[level][(i64)row * p.batch.columns + column + j] + pull_of_others(p.batch, level, row, column, j);
    }

    __syncwarp();
}

// Takes the codewords out of each level's error, and hands the error on.
DEVICE void settle(WarpState& state, const Feedback& p, const float* tables, const u16 (&codes)[CODEBOOKS], int row, int column) {
    for (int i = lane_index(); i < LEVELS * DIMENSION; i += warp_lanes) {
        const int level = i / DIMENSION, j = i % DIMENSION;
        float& error = p.errors[level][(i64)row * p.batch.columns + column + j];
        error -= prefix_sum(tables, codes, level, j);
        state.changes[level][j] = error;
    }

    hand_on(state, p.batch, row, column);
}

extern "C" __global__ void __launch_bounds__(SEARCH_WARPS * warp_lanes) settle_batch(const __grid_constant__ Feedback p) {
    extern __shared__ float tables[];
    WarpState& state = load_tables(p.batch, tables);
    for (int row = first_row(); row < p.batch.rows; row += row_step()) {
        for (int column = p.batch.first; column < p.batch.last; column += DIMENSION) {
            u16 codes[CODEBOOKS];
            aim(state, p, row, column);
            search_run(state, p.batch, tables, column / DIMENSION, codes);
            store_codes(p.batch, row, column, codes);
            settle(state, p, tables, codes, row, column);
        }
    }
}

extern "C" __device__ const int settle_batch_shared_bytes = SEARCH_SHARED_BYTES;
