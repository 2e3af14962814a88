// Attention of few tokens over the cache, or over the window of a layer, split over the positions (flash decoding). A block takes GROUP_HEADS query heads that
// share one key-value head and one run of positions; a group of lanes reads one key or value row, eight halves a lane, so that rows
// are read whole and coalesced. The sums of all splits meet in CombineSource.

constexpr int DECODE_THREADS = 128;

// Lanes of one row: the power of two that covers it, so that shuffles stay inside. Lanes beyond the row (80, 96) carry zeros.
constexpr int ROW_LANES = HEAD_DIMENSION <= 32 ? 4 : HEAD_DIMENSION <= 64 ? 8 : HEAD_DIMENSION <= 128 ? 16 : 32;
constexpr int BLOCK_ROWS = DECODE_THREADS / ROW_LANES;

// Rows that a lane has in flight: the whole of a short split where few heads leave the registers.
constexpr int ROWS_AHEAD = GROUP_HEADS <= 2 ? 8 : 4;

struct DecodeAttentionArguments {
    const float* queries;     // [tokens][heads * dimension]; turned, or not yet where `keys` is given
    half_bits* key_cache;     // [key_value_heads][context][dimension] halves
    half_bits* value_cache;   // [key_value_heads][context][dimension] halves
    float* partial;           // [tokens][heads][splits][dimension], not divided by their sums
    float* statistics;        // [tokens][heads][splits][2]: the largest score, and the sum of 2^(score - largest)
    const int* position;      // of the first token
    const float* keys;        // of one token: [key_value_heads * dimension], turned and stored here; null where the cache has them already
    const float* values;      // of one token: [key_value_heads * dimension]
    const float* cosines;     // [context][dimension / 2]
    const float* sines;       // [context][dimension / 2]
    int heads;
    int key_value_heads;
    int context;
    float scale;              // log2(e) / sqrt(dimension): scores are exponents of two
    int window;               // positions that a token attends to, its own included; read where the model has windows
    float cap;                // the bound of scores, times log2(e); read where the model bounds them
};

// Whether the model bounds attention scores.
constexpr bool caps_scores = SCORE_CAP != 0;

DEVICE float capped_score(float score, float cap) {
    if constexpr (caps_scores) return soft_cap(score, cap);
    return score;
}

static_assert(sizeof(DecodeAttentionArguments) == 104, "DecodeAttentionArguments must match its C# twin");

// What one group of lanes, and after merging the whole block, knows about each of its heads.
struct DecodeState {
    float largest[GROUP_HEADS];
    float sum[GROUP_HEADS];
    float output[GROUP_HEADS][8];
};

// Eight elements of a head turned to a position: each needs its partner half a head away.
DEVICE void load_turned(const DecodeAttentionArguments& p, const float* head, int position, int element, float (&values)[8]) {
    const int pair = element % HALF_DIMENSION;
    float partner[8], cosines[8], sines[8];
    load_eight(head + element, values);
    load_eight(head + (element + HALF_DIMENSION) % HEAD_DIMENSION, partner);
    load_eight(p.cosines + (size_t)position * HALF_DIMENSION + pair, cosines);
    load_eight(p.sines + (size_t)position * HALF_DIMENSION + pair, sines);
#pragma unroll
    for (int i = 0; i < 8; i++) values[i] = values[i] * cosines[i] + (element < HALF_DIMENSION ? -partner[i] : partner[i]) * sines[i];
}

DEVICE uint4 pack_eight(const float (&values)[8]) {
    return make_uint4(
        floats_to_halves(values[0], values[1]), floats_to_halves(values[2], values[3]), floats_to_halves(values[4], values[5]),
        floats_to_halves(values[6], values[7]));
}

// The token's own key and value, eight elements of them.
struct OwnRow {
    uint4 key, value;
};

// Turns the token's own key and stores it with the value for the tokens after it; this block goes on with what it returns. Blocks of other heads of
// the same key-value head write the same bytes.
DEVICE OwnRow store_own(const DecodeAttentionArguments& p, int key_head, int position, int row, int element) {
    float values[8];
    OwnRow own;
    load_turned(p, p.keys + key_head * HEAD_DIMENSION, position, element, values);
    own.key = pack_eight(values);
    load_eight(p.values + key_head * HEAD_DIMENSION + element, values);
    own.value = pack_eight(values);
    if (row == 0) {
        const size_t at = ((size_t)key_head * p.context + position) * HEAD_DIMENSION + element;
        store_vector(p.key_cache + at, own.key);
        store_vector(p.value_cache + at, own.value);
    }

    return own;
}

// The rows of the cache that a lane has in flight.
struct RowsAhead {
    uint4 keys[ROWS_AHEAD];
    uint4 values[ROWS_AHEAD];

    DEVICE void load(const DecodeAttentionArguments& p, size_t cache, int first, int end, bool reads) {
#pragma unroll
        for (int ahead = 0; ahead < ROWS_AHEAD; ahead++) {
            const int position = first + ahead * BLOCK_ROWS;
            const bool inside = reads && position < end;
            const size_t at = cache + (size_t)position * HEAD_DIMENSION;
            keys[ahead] = inside ? *(const uint4*)(p.key_cache + at) : make_uint4(0, 0, 0, 0);
            values[ahead] = inside ? *(const uint4*)(p.value_cache + at) : make_uint4(0, 0, 0, 0);
        }
    }

    DEVICE void replace(const OwnRow& own, int first, int position) {
#pragma unroll
        for (int ahead = 0; ahead < ROWS_AHEAD; ahead++) {
            if (first + ahead * BLOCK_ROWS != position) continue;
            keys[ahead] = own.key;
            values[ahead] = own.value;
        }
    }
};

// Adds the rows that are in flight to the running softmax; rows at or beyond `end` count nothing.
DEVICE void attend_rows(
    DecodeState& state, const float (&query)[GROUP_HEADS][8], const RowsAhead& rows, int first, int end, float cap) {
    float scores[ROWS_AHEAD][GROUP_HEADS];
#pragma unroll
    for (int row = 0; row < ROWS_AHEAD; row++) {
        float key[8];
        unpack_halves(rows.keys[row], key);
#pragma unroll
        for (int head = 0; head < GROUP_HEADS; head++) {
            float score = 0;
#pragma unroll
            for (int i = 0; i < 8; i++) score += query[head][i] * key[i];
#pragma unroll
            for (int distance = ROW_LANES / 2; distance > 0; distance /= 2) score += __shfl_xor_sync(all_lanes, score, distance);
            scores[row][head] = first + row * BLOCK_ROWS < end ? capped_score(score, cap) : masked_score();
        }
    }

#pragma unroll
    for (int head = 0; head < GROUP_HEADS; head++) {
        float largest = state.largest[head];
#pragma unroll
        for (int row = 0; row < ROWS_AHEAD; row++) largest = fmaxf(largest, scores[row][head]);

        // Before the first row that counts, everything is zero and stays so.
        const float base = largest == masked_score() ? 0.0f : largest;
        const float kept = exp2f(state.largest[head] - base);
        state.largest[head] = largest;
        state.sum[head] *= kept;
#pragma unroll
        for (int i = 0; i < 8; i++) state.output[head][i] *= kept;
#pragma unroll
        for (int row = 0; row < ROWS_AHEAD; row++) {
            scores[row][head] = exp2f(scores[row][head] - base);
            state.sum[head] += scores[row][head];
        }
    }

#pragma unroll
    for (int row = 0; row < ROWS_AHEAD; row++) {
        float value[8];
        unpack_halves(rows.values[row], value);
#pragma unroll
        for (int head = 0; head < GROUP_HEADS; head++) {
#pragma unroll
            for (int i = 0; i < 8; i++) state.output[head][i] += scores[row][head] * value[i];
        }
    }
}

// Blocks (x: a split, y: a key-value head and a run of GROUP_HEADS of its query heads, z: a token).
extern "C" __global__ void __launch_bounds__(DECODE_THREADS) attention_decode(const __grid_constant__ DecodeAttentionArguments p) {
    __shared__ float outputs[BLOCK_ROWS][GROUP_HEADS][HEAD_DIMENSION];
    __shared__ float largests[BLOCK_ROWS][GROUP_HEADS];
    __shared__ float sums[BLOCK_ROWS][GROUP_HEADS];
    launch_dependents();
    wait_for_inputs();
    const int token = blockIdx.z, split = blockIdx.x, splits = gridDim.x;
    const int positions = *p.position + token + 1;
    const int begin = window_start(positions, p.window);
    const int length = split_length(positions - begin, splits);
    const int start = begin + split * length, end = min(start + length, positions);
    if (start >= positions) return;

    const int first_head = blockIdx.y * GROUP_HEADS;
    const int key_head = first_head / (p.heads / p.key_value_heads);
    const int row = threadIdx.x / ROW_LANES, element = threadIdx.x % ROW_LANES * 8;
    const bool reads = element < HEAD_DIMENSION;

    // The first rows are on their way while queries are turned. The cache lacks the token's own row, which is put in their place.
    const size_t cache = (size_t)key_head * p.context * HEAD_DIMENSION + element;
    RowsAhead rows;
    rows.load(p, cache, start + row, end, reads);
    const bool has_own = p.keys != nullptr && end == positions;
    OwnRow own = {};
    if (has_own && reads) own = store_own(p, key_head, positions - 1, row, element);
    float query[GROUP_HEADS][8] = {};
    DecodeState state = {};
#pragma unroll
    for (int head = 0; head < GROUP_HEADS; head++) {
        state.largest[head] = masked_score();
        if (!reads) continue;
        const float* source = p.queries + ((size_t)token * p.heads + first_head + head) * HEAD_DIMENSION;
        if (p.keys != nullptr) load_turned(p, source, positions - 1, element, query[head]);
        else load_eight(source + element, query[head]);
#pragma unroll
        for (int i = 0; i < 8; i++) query[head][i] *= p.scale;
    }

    for (int run = start; run < end; run += BLOCK_ROWS * ROWS_AHEAD) {
        if (run != start) rows.load(p, cache, run + row, end, reads);
        if (has_own) rows.replace(own, run + row, positions - 1);
        attend_rows(state, query, rows, run + row, end, p.cap);
    }

#pragma unroll
    for (int head = 0; head < GROUP_HEADS; head++) {
        if (element == 0) {
            largests[row][head] = state.largest[head];
            sums[row][head] = state.sum[head];
        }

#pragma unroll
        for (int i = 0; i < 8; i++) {
            if (reads) outputs[row][head][element + i] = state.output[head][i];
        }
    }

    __syncthreads();
    for (int item = threadIdx.x; item < GROUP_HEADS * HEAD_DIMENSION; item += DECODE_THREADS) {
        const int head = item / HEAD_DIMENSION, at = item % HEAD_DIMENSION;
        float largest = masked_score();
        for (int i = 0; i < BLOCK_ROWS; i++) largest = fmaxf(largest, largests[i][head]);
        float sum = 0, output = 0;
        for (int i = 0; i < BLOCK_ROWS; i++) {
            const float weight = exp2f(largests[i][head] - largest);
            sum += weight * sums[i][head];
            output += weight * outputs[i][head][at];
        }

        const size_t place = ((size_t)token * p.heads + first_head + head) * splits + split;
        p.partial[place * HEAD_DIMENSION + at] = output;
        if (at == 0) *(float2*)(p.statistics + place * 2) = make_float2(largest, sum);
    }
}
