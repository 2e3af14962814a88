// KL(reference || model) of the predictions at each token, and its gradient: a block a token.
struct DivergenceRows {
    float* model;       // logits before the cap [tokens][vocabulary]; become the gradient where it is wanted
    float* reference;   // the same of the reference; overwritten
    double* sums;       // receives each token's divergence
    int vocabulary;
    float cap;          // 0: none
    float factor;       // what gradients are multiplied by
    int with_gradient;
};

static_assert(sizeof(DivergenceRows) == 40, "DivergenceRows must match its C# twin");

// Bounds a row where there is a cap, and finds its largest logit.
DEVICE float cap_row(float* row, int vocabulary, float cap, float* scratch) {
    float largest = __int_as_float(0xff800000);
    for (int i = threadIdx.x; i < vocabulary; i += blockDim.x) {
        if (cap != 0) row[i] = cap * tanhf(row[i] / cap);
        largest = fmaxf(largest, row[i]);
    }

    return block_max(largest, scratch);
}

// In float64: divergences of good formats are a thousandth of the logarithms that they are differences of.
DEVICE double block_sum_of_doubles(double value, double* scratch) {
    scratch[threadIdx.x] = value;
    __syncthreads();
    for (int distance = blockDim.x / 2; distance > 0; distance /= 2) {
        if (threadIdx.x < distance) scratch[threadIdx.x] += scratch[threadIdx.x + distance];
        __syncthreads();
    }

    const double sum = scratch[0];
    __syncthreads();
    return sum;
}

extern "C" __global__ void __launch_bounds__(ROW_THREADS) diverge(const __grid_constant__ DivergenceRows p) {
    __shared__ float scratch[warp_lanes];
    __shared__ double sums[ROW_THREADS];
    float* model = p.model + (i64)blockIdx.x * p.vocabulary;
    float* reference = p.reference + (i64)blockIdx.x * p.vocabulary;
    const float model_largest = cap_row(model, p.vocabulary, p.cap, scratch), reference_largest = cap_row(reference, p.vocabulary, p.cap, scratch);
    double model_sum = 0, reference_sum = 0, weighted = 0;
    for (int i = threadIdx.x; i < p.vocabulary; i += blockDim.x) {
        const double weight = expf(reference[i] - reference_largest);
        model_sum += expf(model[i] - model_largest);
        reference_sum += weight;
        weighted += weight * ((double)reference[i] - model[i]);
    }

    model_sum = block_sum_of_doubles(model_sum, sums);
    reference_sum = block_sum_of_doubles(reference_sum, sums);
    weighted = block_sum_of_doubles(weighted, sums);
    if (threadIdx.x == 0) {
        // sum p (log p - log q), log p being a logit less the logarithm of the sum of all.
        p.sums[blockIdx.x] = weighted / reference_sum - (reference_largest + log(reference_sum)) + (model_largest + log(model_sum));
    }

    if (!p.with_gradient) return;
    const float model_factor = (float)(p.factor / model_sum), reference_factor = (float)(p.factor / reference_sum);
    for (int i = threadIdx.x; i < p.vocabulary; i += blockDim.x) {
        const float logit = model[i], bounded = p.cap == 0 ? 0.0f : logit / p.cap;
        const float slope = expf(logit - model_largest) * model_factor - expf(reference[i] - reference_largest) * reference_factor;
        model[i] = slope * (1.0f - bounded * bounded);
    }
}

// Of each row of predictions the first token at which the probabilities so far add up to more than a point: a block a row.
struct DrawnRows {
    float* logits;         // before the cap [rows][vocabulary]; bounded in place
    const double* points;  // [rows], from 0 to below 1
    int* tokens;           // [rows]; -1 where a row is not finite
    int vocabulary;
    float cap;             // 0: none
};

static_assert(sizeof(DrawnRows) == 32, "DrawnRows must match its C# twin");

extern "C" __global__ void __launch_bounds__(ROW_THREADS) draw_rows(const __grid_constant__ DrawnRows p) {
    __shared__ float scratch[warp_lanes];
    __shared__ double sums[ROW_THREADS];
    float* row = p.logits + (i64)blockIdx.x * p.vocabulary;
    const float largest = cap_row(row, p.vocabulary, p.cap, scratch);

    // A thread a run of tokens; then one thread looks for the run, and in it for the token.
    const int run = ceil_divide(p.vocabulary, ROW_THREADS), first = min((int)threadIdx.x * run, p.vocabulary), end = min(first + run, p.vocabulary);
    double sum = 0;
    for (int i = first; i < end; i++) sum += expf(row[i] - largest);
    sums[threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.x != 0) return;
    double whole = 0;
    for (int i = 0; i < ROW_THREADS; i++) whole += sums[i];
    double rest = p.points[blockIdx.x] * whole;
    int chosen = 0;
    while (chosen < ROW_THREADS - 1 && rest >= sums[chosen]) rest -= sums[chosen++];
    int token = min(chosen * run, p.vocabulary - 1);
    for (int i = token; i < p.vocabulary; i++) {
        token = i;
        rest -= expf(row[i] - largest);
        if (rest < 0) break;
    }

    p.tokens[blockIdx.x] = whole > 0 && whole < 1e300 ? token : -1;
}
