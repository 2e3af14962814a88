// Scores of whole windows, [windows · heads][tokens][tokens], into the weights of causal attention, and back. A block a query.
struct ScoreRows {
    float* scores;     // becomes weights: zero where a query does not see
    float* slopes;     // the slopes of the soft cap, or null
    float* gradients;  // of weights; become those of scores
    int tokens;
    int window;        // positions that a query sees, its own with them
    float scale;
    float cap;         // 0: none
};

static_assert(sizeof(ScoreRows) == 40, "ScoreRows must match its C# twin");

extern "C" __global__ void __launch_bounds__(ROW_THREADS) weigh_scores(const __grid_constant__ ScoreRows p) {
    __shared__ float scratch[warp_lanes];
    const int query = blockIdx.x % p.tokens, first = query >= p.window ? query - p.window + 1 : 0;
    float* row = p.scores + (i64)blockIdx.x * p.tokens;
    float largest = __int_as_float(0xff800000);  // minus infinity, which no header is there to name
    for (int i = first + threadIdx.x; i <= query; i += blockDim.x) {
        float score = row[i] * p.scale;
        if (p.cap != 0) {
            const float bounded = tanhf(score / p.cap);
            score = p.cap * bounded;
            if (p.slopes != nullptr) p.slopes[(i64)blockIdx.x * p.tokens + i] = p.scale * (1.0f - bounded * bounded);
        }

        row[i] = score;
        largest = fmaxf(largest, score);
    }

    largest = block_max(largest, scratch);
    float sum = 0;
    for (int i = first + threadIdx.x; i <= query; i += blockDim.x) sum += row[i] = expf(row[i] - largest);
    const float factor = 1.0f / block_sum(sum, scratch);
    for (int i = threadIdx.x; i < p.tokens; i += blockDim.x) row[i] = i < first || i > query ? 0.0f : row[i] * factor;
}

// dP becomes dS = P (dP - <P, dP>) times the slope of the scores.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) weigh_scores_back(const __grid_constant__ ScoreRows p) {
    __shared__ float scratch[warp_lanes];
    const int query = blockIdx.x % p.tokens, first = query >= p.window ? query - p.window + 1 : 0;
    const i64 at = (i64)blockIdx.x * p.tokens;
    float along = 0;
    for (int i = first + threadIdx.x; i <= query; i += blockDim.x) along += p.scores[at + i] * p.gradients[at + i];
    along = block_sum(along, scratch);
    for (int i = threadIdx.x; i < p.tokens; i += blockDim.x) {
        const bool is_seen = i >= first && i <= query;
        p.gradients[at + i] = is_seen ? p.scores[at + i] * (p.gradients[at + i] - along) * (p.slopes == nullptr ? p.scale : p.slopes[at + i]) : 0.0f;
    }
}
