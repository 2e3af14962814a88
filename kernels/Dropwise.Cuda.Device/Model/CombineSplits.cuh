// The splits of decode attention put together, straight into the form that the output projection reads.
struct CombineSource {
    const float* partial;      // [tokens][heads][splits][dimension]
    const float* statistics;   // [tokens][heads][splits][2]
    const int* position;       // of the first token
    int heads;
    int splits;
    int live;

    DEVICE float begin(int token, const ActivationForm& form) {
        live = live_splits(*position + token + 1, splits);
        return largest_magnitude(*this, token, form);
    }

    DEVICE void load(int token, int column, float (&values)[LANE_INPUTS]) const {
        const size_t first = ((size_t)token * heads + column / HEAD_DIMENSION) * splits;
        const float2* pairs = (const float2*)statistics + first;
        float largest = pairs[0].x;
        for (int split = 1; split < live; split++) largest = fmaxf(largest, pairs[split].x);
        float sum = 0;
#pragma unroll
        for (int i = 0; i < LANE_INPUTS; i++) values[i] = 0;
        for (int split = 0; split < live; split++) {
            float output[LANE_INPUTS];
            load_eight(partial + (first + split) * HEAD_DIMENSION + column % HEAD_DIMENSION, output);
            const float2 pair = pairs[split];
            const float weight = exp2f(pair.x - largest);
            sum += weight * pair.y;
#pragma unroll
            for (int i = 0; i < LANE_INPUTS; i++) values[i] += weight * output[i];
        }

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
};

static_assert(sizeof(CombineArguments) == 112, "CombineArguments must match its C# twin");

extern "C" __global__ void __launch_bounds__(FORM_THREADS) attended_form(const __grid_constant__ CombineArguments p) {
    make_form(CombineSource{p.partial, p.statistics, p.position, p.heads, p.splits, 0}, p.form);
}
