// The router of a mixture of experts, in float32 throughout: two experts whose scores are nearly equal must not change places because of rounding.
constexpr int ROUTER_WARPS = 8;
constexpr int ROUTER_THREADS = ROUTER_WARPS * warp_lanes;

struct RouterArguments {
    const float* x;        // [tokens][stride]
    const float* weight;   // [experts][columns]
    float* scores;         // [tokens][experts]
    int stride;            // floats from one token to the next, a multiple of 4
    int columns;           // a multiple of 4
    int experts;
};

static_assert(sizeof(RouterArguments) == 40, "RouterArguments must match its C# twin");

// Blocks (x: experts, a warp each; y: a token).
extern "C" __global__ void __launch_bounds__(ROUTER_THREADS) router_scores(const __grid_constant__ RouterArguments p) {
    launch_dependents();
    wait_for_inputs();
    const int expert = blockIdx.x * ROUTER_WARPS + warp_index(), token = blockIdx.y;
    if (expert >= p.experts) return;
    const float* x = p.x + (size_t)token * p.stride;
    const float* weight = p.weight + (size_t)expert * p.columns;
    float sum = 0;
#pragma unroll 4
    for (int column = lane_index() * 4; column < p.columns; column += warp_lanes * 4) {
        const float4 v = *(const float4*)(x + column), w = *(const float4*)(weight + column);
        sum += v.x * w.x + v.y * w.y + v.z * w.z + v.w * w.w;
    }

    sum = warp_sum(sum);
    if (lane_index() == 0) p.scores[(size_t)token * p.experts + expert] = sum;
}

struct ChoiceArguments {
    const float* scores;   // [tokens][experts]
    int* chosen;           // [tokens][used], the experts, best first, the earlier one where two are equal
    float* weights;        // [tokens][used]: the softmax of the scores, or divided by its sum over the chosen ones
    int experts;
    int used;
    int normalized;
};

static_assert(sizeof(ChoiceArguments) == 40, "ChoiceArguments must match its C# twin");

// Blocks of one warp (x: a token).
extern "C" __global__ void __launch_bounds__(warp_lanes) choose_experts(const __grid_constant__ ChoiceArguments p) {
    launch_dependents();
    wait_for_inputs();
    const float* scores = p.scores + (size_t)blockIdx.x * p.experts;
    int* chosen = p.chosen + (size_t)blockIdx.x * p.used;
    float* weights = p.weights + (size_t)blockIdx.x * p.used;

    // Each round finds the best expert behind the one before it in descending order, so that nothing needs to be marked as taken.
    float last = -masked_score(), largest = 0, sum = 0;
    int last_expert = -1;
    for (int i = 0; i < p.used; i++) {
        float best = masked_score();
        int expert = p.experts;
        for (int each = lane_index(); each < p.experts; each += warp_lanes) {
            const float score = scores[each];
            const bool is_behind = score < last || (score == last && each > last_expert);
            if (!is_behind || (expert < p.experts && score <= best)) continue;
            best = score;
            expert = each;
        }

#pragma unroll
        for (int distance = warp_lanes / 2; distance > 0; distance /= 2) {
            const float other = __shfl_xor_sync(all_lanes, best, distance);
            const int other_expert = __shfl_xor_sync(all_lanes, expert, distance);
            const bool is_better = other > best || (other == best && other_expert < expert);
            best = is_better ? other : best;
            expert = is_better ? other_expert : expert;
        }

        // Scores that are no numbers leave nothing to choose: the weight says so in the logits, where drawing notices it.
        last_expert = min(expert, p.experts - 1);
        last = scores[last_expert];
        if (i == 0) largest = last;
        const float numerator = expf(last - largest);
        sum += numerator;
        if (lane_index() == 0) {
            chosen[i] = last_expert;
            weights[i] = numerator;
        }
    }

    if (p.normalized == 0) {
        sum = 0;
        for (int each = lane_index(); each < p.experts; each += warp_lanes) sum += expf(scores[each] - largest);
        sum = warp_sum(sum);
    }

    if (lane_index() != 0) return;
    for (int i = 0; i < p.used; i++) weights[i] /= sum;
}
