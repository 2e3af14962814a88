// Codes of many vectors (Dropwise.Quantization, CodeSearch): rows of one run each, whose levels have one target and one metric.
struct VectorSearch {
    SearchBatch batch;     // no S and no moments: there are no other inputs
    const float* vectors;  // [rows][DIMENSION]
    float* costs;          // [rows]: the weighted squared error of the codes that vectors end with
};

static_assert(sizeof(VectorSearch) == 272, "VectorSearch must match its C# twin");
static_assert(LEVELS == 1, "all levels have one target");

extern "C" __global__ void __launch_bounds__(SEARCH_WARPS * warp_lanes) search_vectors(const __grid_constant__ VectorSearch p) {
    extern __shared__ float tables[];
    WarpState& state = load_tables(p.batch, tables);
    for (int row = first_row(); row < p.batch.rows; row += row_step()) {
        u16 present[CODEBOOKS], found[CODEBOOKS];
        load_codes(p.batch, row, 0, present);
        for (int j = lane_index(); j < DIMENSION; j += warp_lanes) state.targets[0][j] = p.vectors[(i64)row * DIMENSION + j];
        __syncwarp();
        const float before = cost_of(state, p.batch, tables, present, 0), after = search_run(state, p.batch, tables, 0, found);
        if (after < before) store_codes(p.batch, row, 0, found);
        if (lane_index() == 0) p.costs[row] = fminf(before, after);
    }
}

extern "C" __device__ const int search_vectors_shared_bytes = SEARCH_SHARED_BYTES;
