// x * w / sqrt(mean(x^2) + epsilon), the root-mean-square norm, straight into the form that the next products read. Every block of a
// token reads the whole row, which is in the second-level cache, so that no block waits for another.
struct NormSource {
    const float* x;        // [tokens][columns], the residual stream
    const float* weight;   // [columns]
    float epsilon;
    int columns;
    float inverse;
    float factors[LANE_INPUTS];  // the weights of the inputs that `load` loads next

    DEVICE void prepare(int column, int columns) {
        if (column < columns) load_eight(weight + column, factors);
    }

    DEVICE float begin(int token, const ActivationForm& form) {
        __shared__ float scratch[warp_lanes];
        const float* row = x + (size_t)token * columns;
        float squares = 0, largest = 0;

        // Unrolled, so that a row's loads are all under way before the first is used; the weights are read twice only where halves need a bound.
#pragma unroll 4
        for (int column = threadIdx.x * 4; column < columns; column += FORM_THREADS * 4) {
            const float4 v = *(const float4*)(row + column);
            squares += v.x * v.x + v.y * v.y + v.z * v.z + v.w * v.w;
        }

        inverse = 1.0f / sqrtf(block_sum(squares, scratch) / (float)columns + epsilon);
        if (!needs_largest(form)) return 0.0f;
        for (int column = threadIdx.x * 4; column < columns; column += FORM_THREADS * 4) {
            const float4 v = *(const float4*)(row + column), w = *(const float4*)(weight + column);
            largest = fmaxf(largest, fmaxf(fmaxf(fabsf(v.x * w.x), fabsf(v.y * w.y)), fmaxf(fabsf(v.z * w.z), fabsf(v.w * w.w))));
        }

        return block_max(largest, scratch) * inverse;
    }

    DEVICE void load(int token, int column, float (&values)[LANE_INPUTS]) const {
        load_eight(x + (size_t)token * columns + column, values);
#pragma unroll
        for (int i = 0; i < LANE_INPUTS; i++) values[i] *= inverse * factors[i];
    }
};

struct NormArguments {
    ActivationForm form;
    const float* x;        // [tokens][form.columns]
    const float* weight;   // [form.columns]
    float epsilon;
};

static_assert(sizeof(NormArguments) == 104, "NormArguments must match its C# twin");

extern "C" __global__ void __launch_bounds__(FORM_THREADS) norm_form(const __grid_constant__ NormArguments p) {
    make_form(NormSource{p.x, p.weight, p.epsilon, p.form.columns, 0.0f, {}}, p.form);
}
