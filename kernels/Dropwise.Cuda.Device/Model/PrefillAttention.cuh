// Causal attention of many tokens on the tensor cores, with the softmax of FlashAttention-2 (arXiv 2307.08691): a warp owns 16 queries
// of one head and walks over tiles of keys, keeping the largest score and the sum of each query in registers.

constexpr int PREFILL_WARPS = 4;
constexpr int PREFILL_THREADS = PREFILL_WARPS * 32;
constexpr int PREFILL_QUERIES = PREFILL_WARPS * 16;

// Wide heads take 128 registers for the output alone; a smaller tile of keys leaves room for them, and for shared memory below 48 KB.
constexpr int TILE_KEYS = HEAD_DIMENSION > 128 ? 32 : 64;

// Eight halves of padding shift each row by four banks, so that the eight rows of an ldmatrix lie in different ones.
constexpr int TILE_PITCH = HEAD_DIMENSION + 8;
constexpr int DIMENSION_STEPS = HEAD_DIMENSION / 16;
constexpr int DIMENSION_TILES = HEAD_DIMENSION / 8;
constexpr int KEY_TILES = TILE_KEYS / 8;

struct PrefillAttentionArguments {
    const float* queries;               // [tokens][heads * dimension], turned
    const half_bits* key_cache;    // [key_value_heads][context][dimension] halves
    const half_bits* value_cache;  // [key_value_heads][context][dimension] halves
    float* output;                      // [tokens][heads * dimension]
    const int* position;                // of the first token
    int tokens;
    int heads;
    int key_value_heads;
    int context;
    float scale;                        // log2(e) / sqrt(dimension): scores are exponents of two
    int window;                         // positions that a token attends to, its own included; read where the model has windows
    float cap;                          // the bound of scores, times log2(e); read where the model bounds them
};

static_assert(sizeof(PrefillAttentionArguments) == 72, "PrefillAttentionArguments must match its C# twin");

// Copies a tile of rows of the cache to shared memory; rows that do not exist yet are zero, so that they cannot bring in a NaN.
DEVICE void load_tile(half_bits (*tile)[TILE_PITCH], const half_bits* rows, int count) {
    constexpr int ROW_WORDS = HEAD_DIMENSION / 8;
    for (int item = threadIdx.x; item < TILE_KEYS * ROW_WORDS; item += PREFILL_THREADS) {
        const int row = item / ROW_WORDS, word = item % ROW_WORDS;
        *(uint4*)&tile[row][word * 8] =
            row < count ? *(const uint4*)(rows + (size_t)row * HEAD_DIMENSION + word * 8) : make_uint4(0, 0, 0, 0);
    }
}

// The A registers of 16 queries: rows g and g + 8 of the warp, where g = lane / 4; queries beyond the batch are zero.
DEVICE void load_queries(u32 (&fragments)[DIMENSION_STEPS][4], const PrefillAttentionArguments& p, int head, int first_query) {
    const int lane = lane_index();
#pragma unroll
    for (int half = 0; half < 2; half++) {
        const int query = first_query + lane / 4 + half * 8;
        const float* row = p.queries + ((size_t)min(query, p.tokens - 1) * p.heads + head) * HEAD_DIMENSION + lane % 4 * 2;
        const float scale = query < p.tokens ? p.scale : 0.0f;
#pragma unroll
        for (int step = 0; step < DIMENSION_STEPS; step++) {
            const float2 low = *(const float2*)(row + step * 16), high = *(const float2*)(row + step * 16 + 8);
            fragments[step][half] = floats_to_halves(low.x * scale, low.y * scale);
            fragments[step][half + 2] = floats_to_halves(high.x * scale, high.y * scale);
        }
    }
}

// Scores of 16 queries with a tile of keys.
DEVICE void score_tile(
    float (&scores)[KEY_TILES][4], const u32 (&queries)[DIMENSION_STEPS][4], const half_bits (*keys)[TILE_PITCH]) {
    const int lane = lane_index();
#pragma unroll
    for (int tile = 0; tile < KEY_TILES; tile += 2) {
#pragma unroll
        for (int i = 0; i < 4; i++) scores[tile][i] = scores[tile + 1][i] = 0;
#pragma unroll
        for (int step = 0; step < DIMENSION_STEPS; step++) {
            // Four 8x8 matrices: keys 0-7 and 8-15 of the pair of tiles, each with both halves of the step's 16 elements.
            const uint4 b = load_matrices(shared_address(&keys[tile * 8 + lane % 8 + lane / 16 * 8][step * 16 + lane / 8 % 2 * 8]));
            const u32 (&a)[4] = queries[step];
            multiply_halves(scores[tile], a[0], a[1], a[2], a[3], b.x, b.y);
            multiply_halves(scores[tile + 1], a[0], a[1], a[2], a[3], b.z, b.w);
        }
    }
}

// Brings the running softmax of a warp's rows up to a tile of scores, which become weights.
DEVICE void softmax_tile(float (&scores)[KEY_TILES][4], float (&largest)[2], float (&sum)[2], float (&output)[DIMENSION_TILES][4]) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
        float tile_largest = largest[half];
#pragma unroll
        for (int tile = 0; tile < KEY_TILES; tile++) tile_largest = fmaxf(tile_largest, fmaxf(scores[tile][2 * half], scores[tile][2 * half + 1]));

        // The four lanes of a row have different keys.
        tile_largest = fmaxf(tile_largest, __shfl_xor_sync(all_lanes, tile_largest, 1));
        tile_largest = fmaxf(tile_largest, __shfl_xor_sync(all_lanes, tile_largest, 2));

        // A window may begin after all keys of a tile: before the first key that a query sees, everything is zero and stays so.
        const float base = has_windows && tile_largest == masked_score() ? 0.0f : tile_largest;
        const float kept = exp2f(largest[half] - base);
        largest[half] = tile_largest;
        sum[half] *= kept;
#pragma unroll
        for (int tile = 0; tile < DIMENSION_TILES; tile++) {
            output[tile][2 * half] *= kept;
            output[tile][2 * half + 1] *= kept;
        }

#pragma unroll
        for (int tile = 0; tile < KEY_TILES; tile++) {
            scores[tile][2 * half] = exp2f(scores[tile][2 * half] - base);
            scores[tile][2 * half + 1] = exp2f(scores[tile][2 * half + 1] - base);
            sum[half] += scores[tile][2 * half] + scores[tile][2 * half + 1];
        }
    }
}

// Adds the weighted values of a tile to the outputs: the accumulators of the scores are the A registers of this product.
DEVICE void mix_tile(float (&output)[DIMENSION_TILES][4], const float (&weights)[KEY_TILES][4], const half_bits (*values)[TILE_PITCH]) {
    const int lane = lane_index();
#pragma unroll
    for (int step = 0; step < KEY_TILES / 2; step++) {
        const float (&low)[4] = weights[2 * step];
        const float (&high)[4] = weights[2 * step + 1];
        const u32 a[4] = {
            floats_to_halves(low[0], low[1]), floats_to_halves(low[2], low[3]), floats_to_halves(high[0], high[1]), floats_to_halves(high[2], high[3])};
#pragma unroll
        for (int tile = 0; tile < DIMENSION_TILES; tile += 2) {
            // Transposed on the way: a row of shared memory is a key, a column of B an element of the head.
            const uint4 b = load_transposed_matrices(shared_address(&values[step * 16 + lane % 16][tile * 8 + lane / 16 * 8]));
            multiply_halves(output[tile], a[0], a[1], a[2], a[3], b.x, b.y);
            multiply_halves(output[tile + 1], a[0], a[1], a[2], a[3], b.z, b.w);
        }
    }
}

DEVICE void store_attended(const float (&output)[DIMENSION_TILES][4], const float (&sum)[2], const PrefillAttentionArguments& p, int head, int first_query) {
    const int lane = lane_index();
#pragma unroll
    for (int half = 0; half < 2; half++) {
        float total = sum[half] + __shfl_xor_sync(all_lanes, sum[half], 1);
        total += __shfl_xor_sync(all_lanes, total, 2);
        const int query = first_query + lane / 4 + half * 8;
        if (query >= p.tokens) continue;
        float* row = p.output + ((size_t)query * p.heads + head) * HEAD_DIMENSION + lane % 4 * 2;
#pragma unroll
        for (int tile = 0; tile < DIMENSION_TILES; tile++)
            *(float2*)(row + tile * 8) = make_float2(output[tile][2 * half] / total, output[tile][2 * half + 1] / total);
    }
}

// Bounds the scores of a tile, and hides from each query what comes after it or before its window. `query` is the position of the lane's first one.
DEVICE void mask_tile(float (&scores)[KEY_TILES][4], const PrefillAttentionArguments& p, int first_key, int query) {
#pragma unroll
    for (int tile = 0; tile < KEY_TILES; tile++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const int key = first_key + tile * 8 + lane_index() % 4 * 2 + i % 2, last = query + i / 2 * 8;
            const bool hidden = key > last || (has_windows && key <= last - p.window);
            scores[tile][i] = hidden ? masked_score() : capped_score(scores[tile][i], p.cap);
        }
    }
}

// Blocks (x: 64 queries, y: a head). The last queries have most keys and go first, so that no long block starts at the end.
extern "C" __global__ void __launch_bounds__(PREFILL_THREADS) attention_prefill(const __grid_constant__ PrefillAttentionArguments p) {
    __shared__ __align__(16) half_bits keys[TILE_KEYS][TILE_PITCH];
    __shared__ __align__(16) half_bits values[TILE_KEYS][TILE_PITCH];
    launch_dependents();
    wait_for_inputs();
    const int head = blockIdx.y, lane = lane_index();
    const int block_query = (gridDim.x - 1 - blockIdx.x) * PREFILL_QUERIES;
    const int first_query = block_query + warp_index() * 16;
    const int position = *p.position;
    const int positions = position + min(block_query + PREFILL_QUERIES, p.tokens);
    const size_t cache = (size_t)(head / (p.heads / p.key_value_heads)) * p.context * HEAD_DIMENSION;

    u32 queries[DIMENSION_STEPS][4];
    load_queries(queries, p, head, first_query);
    float output[DIMENSION_TILES][4] = {};
    float largest[2] = {masked_score(), masked_score()}, sum[2] = {0, 0};
    const int first_tile = window_start(position + block_query + 1, p.window) / TILE_KEYS * TILE_KEYS;
    for (int first_key = first_tile; first_key < positions; first_key += TILE_KEYS) {
        __syncthreads();
        load_tile(keys, p.key_cache + cache + (size_t)first_key * HEAD_DIMENSION, positions - first_key);
        load_tile(values, p.value_cache + cache + (size_t)first_key * HEAD_DIMENSION, positions - first_key);
        __syncthreads();

        // A query sees itself and what came before; a warp whose queries, or their windows, all lie on one side of this tile has nothing to do with it.
        if (first_key > position + first_query + 15) continue;
        if (has_windows && first_key + TILE_KEYS <= window_start(position + first_query + 1, p.window)) continue;
        float scores[KEY_TILES][4];
        score_tile(scores, queries, keys);
        mask_tile(scores, p, first_key, position + first_query + lane / 4);
        softmax_tile(scores, largest, sum, output);
        mix_tile(output, scores, values);
    }

    store_attended(output, sum, p, head, first_query);
}
