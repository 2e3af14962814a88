// Rotary position embedding of queries and keys, in place and into the cache: pairs (i, i + dimension / 2), as in Hugging Face models.
constexpr int ROPE_THREADS = 128;
constexpr int HALF_DIMENSION = HEAD_DIMENSION / 2;

struct RopeArguments {
    float* queries;              // [tokens][heads * dimension]; turned in place
    const float* keys;           // [tokens][key_value_heads * dimension]
    const float* values;         // [tokens][key_value_heads * dimension]
    half_bits* key_cache;   // [key_value_heads][context][dimension] halves
    half_bits* value_cache; // [key_value_heads][context][dimension] halves
    const float* cosines;        // [context][dimension / 2]
    const float* sines;          // [context][dimension / 2]
    const int* position;         // of the first token
    int heads;
    int key_value_heads;
    int context;
};

static_assert(sizeof(RopeArguments) == 80, "RopeArguments must match its C# twin");

// Blocks (x: pairs of all heads, first those of queries, then keys, then values; y: a token).
extern "C" __global__ void __launch_bounds__(ROPE_THREADS) rope_store(const __grid_constant__ RopeArguments p) {
    launch_dependents();
    wait_for_inputs();
    const int item = blockIdx.x * ROPE_THREADS + threadIdx.x, token = blockIdx.y;
    const int head = item / HALF_DIMENSION, pair = item % HALF_DIMENSION;
    if (head >= p.heads + 2 * p.key_value_heads) return;
    const int position = *p.position + token;
    const bool turns = head < p.heads + p.key_value_heads;
    const float cosine = turns ? p.cosines[(size_t)position * HALF_DIMENSION + pair] : 1.0f;
    const float sine = turns ? p.sines[(size_t)position * HALF_DIMENSION + pair] : 0.0f;
    if (head < p.heads) {
        float* query = p.queries + ((size_t)token * p.heads + head) * HEAD_DIMENSION + pair;
        const float a = query[0], b = query[HALF_DIMENSION];
        query[0] = a * cosine - b * sine;
        query[HALF_DIMENSION] = b * cosine + a * sine;
        return;
    }

    const int kept = (head - p.heads) % p.key_value_heads;
    const float* source = (turns ? p.keys : p.values) + ((size_t)token * p.key_value_heads + kept) * HEAD_DIMENSION + pair;
    half_bits* cache = (turns ? p.key_cache : p.value_cache) + ((size_t)kept * p.context + position) * HEAD_DIMENSION + pair;
    const float a = source[0], b = source[HALF_DIMENSION];
    cache[0] = float_to_half(a * cosine - b * sine);
    cache[HALF_DIMENSION] = float_to_half(b * cosine + a * sine);
}
