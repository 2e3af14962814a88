// What happens to queries, keys and values before attention in models where it is more than turning: biases are added, queries and keys
// normalized, heads of a fused projection sorted out, and pairs may be neighbours. A warp takes one head of one token.
constexpr int HEAD_WARPS = 4;
constexpr int HEAD_THREADS = HEAD_WARPS * warp_lanes;

// Pairs of a head that a lane holds.
constexpr int LANE_PAIRS = (HALF_DIMENSION + warp_lanes - 1) / warp_lanes;

struct HeadArguments {
    const float* queries;       // a token's query heads; token after token
    const float* keys;          // a token's key heads
    const float* values;        // a token's value heads
    const float* query_bias;    // as the query heads of a token lie; null where nothing is added
    const float* key_bias;      // as the key heads of a token lie
    const float* value_bias;    // as the value heads of a token lie
    const float* query_weight;  // [dimension], of the norm; null where queries are not normalized
    const float* key_weight;    // [dimension], of the norm; null where keys are not normalized
    float* turned;              // [tokens][heads * dimension]; may be `queries`
    half_bits* key_cache;       // [key_value_heads][context][dimension] halves
    half_bits* value_cache;     // [key_value_heads][context][dimension] halves
    const float* cosines;       // [context][dimension / 2]
    const float* sines;         // [context][dimension / 2]
    const int* position;        // of the first token
    int heads;
    int key_value_heads;
    int context;
    int query_token_stride;     // floats from one token's queries to the next one's
    int key_token_stride;       // floats from one token's keys, or values, to the next one's
    int query_group_stride;     // floats from the query heads of one key-value head to those of the next
    int key_head_stride;        // floats from one key or value head to the next
    int neighbours;             // 1 where the elements of a pair are neighbours, 0 where they are half a head apart
    float epsilon;              // of the norms
};

static_assert(sizeof(HeadArguments) == 152, "HeadArguments must match its C# twin");

// One head of one token in registers: a pair of elements in a[i] and b[i].
struct HeadPairs {
    float a[LANE_PAIRS], b[LANE_PAIRS];

    // The elements of the i-th pair of a lane.
    static DEVICE int pair(int i) { return lane_index() + i * warp_lanes; }
    static DEVICE int first(const HeadArguments& p, int pair) { return p.neighbours != 0 ? 2 * pair : pair; }
    static DEVICE int second(const HeadArguments& p, int pair) { return p.neighbours != 0 ? 2 * pair + 1 : pair + HALF_DIMENSION; }

    DEVICE void load(const HeadArguments& p, const float* source, const float* bias) {
#pragma unroll
        for (int i = 0; i < LANE_PAIRS; i++) {
            const bool exists = pair(i) < HALF_DIMENSION;
            const int low = first(p, pair(i)), high = second(p, pair(i));
            a[i] = exists ? source[low] : 0.0f;
            b[i] = exists ? source[high] : 0.0f;
            if (!exists || bias == nullptr) continue;
            a[i] += bias[low];
            b[i] += bias[high];
        }
    }

    DEVICE void normalize(const HeadArguments& p, const float* weight) {
        float squares = 0;
#pragma unroll
        for (int i = 0; i < LANE_PAIRS; i++) squares += a[i] * a[i] + b[i] * b[i];
        const float inverse = 1.0f / sqrtf(warp_sum(squares) / (float)HEAD_DIMENSION + p.epsilon);
#pragma unroll
        for (int i = 0; i < LANE_PAIRS; i++) {
            if (pair(i) >= HALF_DIMENSION) continue;
            a[i] *= inverse * weight[first(p, pair(i))];
            b[i] *= inverse * weight[second(p, pair(i))];
        }
    }

    DEVICE void turn(const HeadArguments& p, int position) {
#pragma unroll
        for (int i = 0; i < LANE_PAIRS; i++) {
            if (pair(i) >= HALF_DIMENSION) continue;
            const float cosine = p.cosines[(size_t)position * HALF_DIMENSION + pair(i)], sine = p.sines[(size_t)position * HALF_DIMENSION + pair(i)];
            const float x = a[i], y = b[i];
            a[i] = x * cosine - y * sine;
            b[i] = y * cosine + x * sine;
        }
    }

    DEVICE void store(const HeadArguments& p, float* destination) const {
#pragma unroll
        for (int i = 0; i < LANE_PAIRS; i++) {
            if (pair(i) >= HALF_DIMENSION) continue;
            destination[first(p, pair(i))] = a[i];
            destination[second(p, pair(i))] = b[i];
        }
    }

    DEVICE void store_halves(const HeadArguments& p, half_bits* destination) const {
#pragma unroll
        for (int i = 0; i < LANE_PAIRS; i++) {
            if (pair(i) >= HALF_DIMENSION) continue;
            destination[first(p, pair(i))] = float_to_half(a[i]);
            destination[second(p, pair(i))] = float_to_half(b[i]);
        }
    }
};

// Blocks (x: heads of a token, those of queries, then keys, then values, a warp each; y: a token).
extern "C" __global__ void __launch_bounds__(HEAD_THREADS) prepare_heads(const __grid_constant__ HeadArguments p) {
    launch_dependents();
    wait_for_inputs();
    const int item = blockIdx.x * HEAD_WARPS + warp_index(), token = blockIdx.y;
    if (item >= p.heads + 2 * p.key_value_heads) return;
    const int position = *p.position + token;
    HeadPairs head;
    if (item < p.heads) {
        const int group_heads = p.heads / p.key_value_heads;
        const int place = item / group_heads * p.query_group_stride + item % group_heads * HEAD_DIMENSION;
        head.load(p, p.queries + (size_t)token * p.query_token_stride + place, p.query_bias == nullptr ? nullptr : p.query_bias + place);
        if (p.query_weight != nullptr) head.normalize(p, p.query_weight);
        head.turn(p, position);
        head.store(p, p.turned + ((size_t)token * p.heads + item) * HEAD_DIMENSION);
        return;
    }

    const bool is_key = item < p.heads + p.key_value_heads;
    const int kept = (item - p.heads) % p.key_value_heads, place = kept * p.key_head_stride;
    const float* source = (is_key ? p.keys : p.values) + (size_t)token * p.key_token_stride + place;
    const float* bias = is_key ? p.key_bias : p.value_bias;
    head.load(p, source, bias == nullptr ? nullptr : bias + place);
    if (is_key && p.key_weight != nullptr) head.normalize(p, p.key_weight);
    if (is_key) head.turn(p, position);
    head.store_halves(p, (is_key ? p.key_cache : p.value_cache) + ((size_t)kept * p.context + position) * HEAD_DIMENSION);
}
