// The next token drawn from the logits by one block, so that decoding needs no round trip to the host: temperature, then the k most
// likely tokens, then the fewest of them that have the probability p together. Sums are 64-bit fixed-point integers: exact whatever
// order the threads add in, so that a seed always draws the same token.

constexpr int SAMPLE_THREADS = 1024;
constexpr int SAMPLE_WARPS = SAMPLE_THREADS / 32;

// Weights e^((logit - largest) / temperature) are at most 1; 2^40 leaves room for sixteen million of them in 64 bits.
constexpr float WEIGHT_ONE = 1099511627776.0f;

// How tokens are drawn and where decoding stands. The same bytes as Dropwise.Inference.Cuda.DecodeState.
struct DecodeStateBlock {
    int position;               // of the token that is decoded next
    int token;                  // that token
    int drawn;                  // tokens drawn so far, the counter of the generator
    int top_k;                  // 0: all
    float temperature;          // 0: the most likely token
    float top_p;                // 1: all
    u64 seed;
};

static_assert(sizeof(DecodeStateBlock) == 32, "DecodeStateBlock must match its C# twin");

// Tokens that are drawn from: all whose key is larger, and the first `quota` of those whose key is equal.
struct Cut {
    u32 key;
    i64 quota;
};

// Larger floats have larger keys.
DEVICE u32 order_key(float value) {
    const u32 bits = __float_as_uint(value);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

DEVICE float key_value(u32 key) { return __uint_as_float(key & 0x80000000u ? key & 0x7fffffffu : ~key); }

DEVICE u64 token_weight(u32 key, float largest, float inverse_temperature) {
    return (u64)(expf((key_value(key) - largest) * inverse_temperature) * WEIGHT_ONE);
}

// splitmix64 of the counter: the same numbers for a seed on every device.
DEVICE u64 random_bits(u64 seed, int counter) {
    u64 z = seed + 0x9E3779B97F4A7C15ull * (u64)(counter + 1);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

// The largest logit; of equal ones the lowest token. Every thread gets the pair (key, vocabulary - token).
DEVICE u64 most_likely(const float* logits, int vocabulary) {
    __shared__ u64 best[SAMPLE_WARPS];
    u64 largest = 0;
    for (int token = threadIdx.x; token < vocabulary; token += SAMPLE_THREADS)
        largest = max(largest, (u64)order_key(logits[token]) << 32 | (u32)(vocabulary - token));
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) largest = max(largest, __shfl_xor_sync(all_lanes, largest, distance));
    if (lane_index() == 0) best[warp_index()] = largest;
    __syncthreads();
    largest = best[0];
    for (int warp = 1; warp < SAMPLE_WARPS; warp++) largest = max(largest, best[warp]);
    return largest;
}

// What tokens count for while a cut is searched: one each, or their weights.
struct CountMeasure {
    DEVICE u64 operator()(u32) const { return 1; }
};

struct WeightMeasure {
    float largest, inverse_temperature;

    DEVICE u64 operator()(u32 key) const { return token_weight(key, largest, inverse_temperature); }
};

// The highest cut inside `outer` above which tokens measure at least `wanted`: four rounds of a histogram over eight bits of the key.
template <class Measure>
DEVICE Cut find_cut(const float* logits, int vocabulary, Cut outer, u64 wanted, Measure measure) {
    __shared__ u64 histogram[256];
    __shared__ u64 left;
    __shared__ u32 chosen;
    u32 prefix = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
        if (threadIdx.x < 256) histogram[threadIdx.x] = 0;
        __syncthreads();
        for (int token = threadIdx.x; token < vocabulary; token += SAMPLE_THREADS) {
            const u32 key = order_key(logits[token]);
            if (key > outer.key && (shift == 24 || key >> (shift + 8) == prefix)) atomicAdd(&histogram[key >> shift & 255], measure(key));
        }

        __syncthreads();
        if (threadIdx.x == 0) {
            // Of the tokens on the outer cut only its quota is inside.
            if (shift == 24 || outer.key >> (shift + 8) == prefix)
                histogram[outer.key >> shift & 255] += outer.quota > 0 ? (u64)outer.quota * measure(outer.key) : 0;
            int bucket = 255;
            while (bucket > 0 && histogram[bucket] < wanted) wanted -= histogram[bucket--];
            chosen = (u32)bucket;
            left = wanted;
        }

        __syncthreads();
        prefix = prefix << 8 | chosen;
        wanted = left;
        __syncthreads();
    }

    const u64 one = max(measure(prefix), 1ull);
    const i64 quota = (i64)((wanted + one - 1) / one);
    return Cut{prefix, prefix == outer.key ? min(quota, outer.quota) : quota};
}

// The weight of all tokens inside a cut.
DEVICE u64 total_weight(const float* logits, int vocabulary, Cut cut, WeightMeasure weight) {
    __shared__ u64 total;
    if (threadIdx.x == 0) total = (u64)cut.quota * (cut.quota > 0 ? weight(cut.key) : 0);
    __syncthreads();
    u64 sum = 0;
    for (int token = threadIdx.x; token < vocabulary; token += SAMPLE_THREADS) {
        const u32 key = order_key(logits[token]);
        if (key > cut.key) sum += weight(key);
    }

    atomicAdd(&total, sum);
    __syncthreads();
    return total;
}

// Walks over the tokens inside a cut in the order of their numbers: warps own runs of tokens, whose sums the others know.
DEVICE int draw_token(const float* logits, int vocabulary, Cut cut, WeightMeasure weight, u64 bits) {
    __shared__ u64 weights[SAMPLE_WARPS];
    __shared__ i64 equals[SAMPLE_WARPS];
    __shared__ int drawn;
    const int warp = warp_index(), lane = lane_index();
    const int run = (vocabulary + SAMPLE_WARPS - 1) / SAMPLE_WARPS;
    const int start = min(warp * run, vocabulary), end = min(start + run, vocabulary);

    i64 equal = 0;
    for (int token = start + lane; token < end; token += 32) equal += order_key(logits[token]) == cut.key;
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) equal += __shfl_xor_sync(all_lanes, equal, distance);
    if (lane == 0) equals[warp] = equal;
    if (threadIdx.x == 0) drawn = vocabulary - 1;
    __syncthreads();
    i64 before = 0;
    for (int i = 0; i < warp; i++) before += equals[i];

    // Once for the sum of the warp's run, then again, when all sums are known, for the token.
    u64 wanted = 0, total = 0;
    for (int pass = 0; pass < 2; pass++) {
        i64 rank = before;
        u64 sum = 0;
        for (int first = start; first < end; first += 32) {
            const int token = first + lane;
            const u32 key = token < end ? order_key(logits[token]) : 0;
            const u32 same = __ballot_sync(all_lanes, token < end && key == cut.key);
            const bool inside = token < end && (key > cut.key || (key == cut.key && rank + __popc(same & ((1u << lane) - 1)) < cut.quota));
            rank += __popc(same);
            u64 prefix = inside ? weight(key) : 0;
#pragma unroll
            for (int distance = 1; distance < 32; distance *= 2) {
                const u64 lower = __shfl_up_sync(all_lanes, prefix, distance);
                if (lane >= distance) prefix += lower;
            }

            const u32 reached = __ballot_sync(all_lanes, inside && pass == 1 && total + sum + prefix > wanted);
            if (reached != 0) {
                if (lane == __ffs(reached) - 1) atomicMin(&drawn, token);
                break;
            }

            sum += __shfl_sync(all_lanes, prefix, 31);
        }

        if (pass == 1) break;
        if (lane == 0) weights[warp] = sum;
        __syncthreads();
        u64 all = 0;
        for (int i = 0; i < SAMPLE_WARPS; i++) {
            if (i == warp) total = all;
            all += weights[i];
        }

        wanted = __umul64hi(bits, all);
    }

    __syncthreads();
    return drawn;
}

struct SampleArguments {
    const float* logits;       // [vocabulary]
    DecodeStateBlock* state;   // advanced: the drawn token is decoded next
    int* drawn;                // receives the token, or -1 where the logits are not finite
    int vocabulary;
    int advance;               // 1 after a token was decoded, so that the next one has the next position
};

static_assert(sizeof(SampleArguments) == 32, "SampleArguments must match its C# twin");

// One block.
extern "C" __global__ void __launch_bounds__(SAMPLE_THREADS, 1) sample_token(const __grid_constant__ SampleArguments p) {
    launch_dependents();
    wait_for_inputs();
    const DecodeStateBlock state = *p.state;
    const u64 best = most_likely(p.logits, p.vocabulary);
    int token = p.vocabulary - (int)(u32)best;

    // Infinity and NaN have all exponent bits set: such a model is broken, which the host says in words.
    const bool broken = (__float_as_uint(key_value((u32)(best >> 32))) & 0x7f800000u) == 0x7f800000u;
    if (state.temperature > 0 && !broken) {
        const WeightMeasure weight{key_value((u32)(best >> 32)), 1.0f / state.temperature};
        Cut cut{0, 0};
        if (state.top_k > 0 && state.top_k < p.vocabulary) cut = find_cut(p.logits, p.vocabulary, cut, state.top_k, CountMeasure{});
        if (state.top_p < 1) {
            // The whole of what the first cut left is the measure of which p is wanted.
            const u64 all = total_weight(p.logits, p.vocabulary, cut, weight);
            cut = find_cut(p.logits, p.vocabulary, cut, max((u64)((double)state.top_p * (double)all), 1ull), weight);
        }

        token = draw_token(p.logits, p.vocabulary, cut, weight, random_bits(state.seed, state.drawn));
    }

    // All threads have read the state by now: each took part in the barriers above.
    if (threadIdx.x != 0) return;
    p.state->token = token;
    p.state->drawn = state.drawn + 1;
    p.state->position = state.position + p.advance;
    *p.drawn = broken ? -1 : token;
}
