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

// One more token of each window, against what it sees of the positions so far: a block a head of a window.
struct NextToken {
    const float* past;   // [windows][room][width], turned queries and keys, and values
    float* scores;       // room for [windows · heads][room]
    float* attended;     // [windows][heads · dimension]
    int room;
    int position;
    int window;          // positions that a query sees, its own with them
    int width;
    int heads;
    int key_heads;
    int dimension;
    int by_group;        // as in HeadRows
    float scale;
    float cap;           // 0: none
};

static_assert(sizeof(NextToken) == 64, "NextToken must match its C# twin");

extern "C" __global__ void __launch_bounds__(ROW_THREADS) attend_next(const __grid_constant__ NextToken p) {
    __shared__ float scratch[warp_lanes];
    __shared__ float parts[ROW_THREADS];
    const int head = blockIdx.x % p.heads, group = p.heads / p.key_heads, key_head = head / group;
    const int query = p.by_group ? key_head * (group + 2) + head % group : head;
    const int key = p.by_group ? key_head * (group + 2) + group : p.heads + key_head;
    const int value = key + (p.by_group ? 1 : p.key_heads);
    const float* rows = p.past + (i64)(blockIdx.x / p.heads) * p.room * p.width;
    const float* q = rows + (i64)p.position * p.width + query * p.dimension;
    float* scores = p.scores + (i64)blockIdx.x * p.room;
    const int first = p.position >= p.window ? p.position - p.window + 1 : 0;

    // A warp a position.
    float largest = __int_as_float(0xff800000);
    for (int i = first + warp_index(); i <= p.position; i += ROW_THREADS / warp_lanes) {
        const float* k = rows + (i64)i * p.width + key * p.dimension;
        float sum = 0;
        for (int element = lane_index(); element < p.dimension; element += warp_lanes) sum += q[element] * k[element];
        float score = warp_sum(sum) * p.scale;
        if (p.cap != 0) score = p.cap * tanhf(score / p.cap);
        if (lane_index() == 0) scores[i] = score;
        largest = fmaxf(largest, score);
    }

    largest = block_max(largest, scratch);
    float sum = 0;
    for (int i = first + threadIdx.x; i <= p.position; i += blockDim.x) sum += scores[i] = expf(scores[i] - largest);
    const float factor = 1.0f / block_sum(sum, scratch);

    // As many threads an element as there are, each with every so manyth position.
    const int across = min(p.dimension, ROW_THREADS), shares = ROW_THREADS / across, share = threadIdx.x / across;
    for (int base = 0; base < p.dimension; base += across) {
        const int element = base + threadIdx.x % across;
        float part = 0;
        if (share < shares && element < p.dimension)
            for (int i = first + share; i <= p.position; i += shares) part += scores[i] * rows[(i64)i * p.width + value * p.dimension + element];
        parts[threadIdx.x] = part;
        __syncthreads();
        if (share == 0 && element < p.dimension) {
            for (int other = 1; other < shares; other++) part += parts[other * across + threadIdx.x];
            p.attended[(i64)blockIdx.x * p.dimension + element] = part * factor;
        }

        __syncthreads();
    }
}
