// The splits of decode attention put together, straight into the form that the output projection reads.
struct CombineSource {
    const float* partial;      // [tokens][heads][splits][dimension]
    const float* statistics;   // [tokens][heads][splits][2]
    const int* position;       // of the first token
    int heads;
    int splits;
    int window;
    int live;

    DEVICE void prepare(int, int) {}

    DEVICE float begin(int token, const ActivationForm& form) {
        const int positions = *position + token + 1;
        live = live_splits(positions - window_start(positions, window), splits);
        return largest_magnitude(*this, token, form);
    }

    // Splits are loaded a dozen at a time, those without positions too, before it is known how many have some: one after the other they would each cost
    // the latency of memory.
    DEVICE void load(int token, int column, float (&values)[LANE_INPUTS]) const {
        constexpr int ahead = 12;
        const size_t first = ((size_t)token * heads + column / HEAD_DIMENSION) * splits;
        float largest = masked_score(), sum = 0;
#pragma unroll
        for (int i = 0; i < LANE_INPUTS; i++) values[i] = 0;
        int run = 0;
        do {
            float2 pairs[ahead];
            float outputs[ahead][LANE_INPUTS];
#pragma unroll
            for (int i = 0; i < ahead; i++) {
                if (run + i >= splits) continue;
                pairs[i] = *((const float2*)statistics + first + run + i);
                load_eight(partial + (first + run + i) * HEAD_DIMENSION + column % HEAD_DIMENSION, outputs[i]);
            }

            const float before = largest;
#pragma unroll
            for (int i = 0; i < ahead; i++) largest = run + i < live ? fmaxf(largest, pairs[i].x) : largest;
            const float kept = exp2f(before - largest);
            sum *= kept;
#pragma unroll
            for (int i = 0; i < LANE_INPUTS; i++) values[i] *= kept;
#pragma unroll
            for (int i = 0; i < ahead; i++) {
                if (run + i >= live) continue;
                const float weight = exp2f(pairs[i].x - largest);
                sum += weight * pairs[i].y;
#pragma unroll
                for (int j = 0; j < LANE_INPUTS; j++) values[j] += weight * outputs[i][j];
            }

            run += ahead;
        } while (run < live);

#pragma unroll
        for (int i = 0; i < LANE_INPUTS; i++) values[i] /= sum;
    }
};

struct CombineArguments {
    ActivationForm form;
    const float* partial;      // [tokens][heads][splits][dimension]
    const float* statistics;   // [tokens][heads][splits][2]
    const int* position;       // of the first token
    int heads;
    int splits;
    int window;                // as of the attention
};

static_assert(sizeof(CombineArguments) == 120, "CombineArguments must match its C# twin");

extern "C" __global__ void __launch_bounds__(FORM_THREADS) attended_form(const __grid_constant__ CombineArguments p) {
    make_form(CombineSource{p.partial, p.statistics, p.position, p.heads, p.splits, p.window, 0}, p.form);
}
