// (x - mean(x)) * w / sqrt(variance(x) + epsilon) + b, the norm of a layer, straight into the form that the next products read. The variance is
// taken around the mean in a pass of its own: a difference of large squares would lose it.
struct LayerNormSource {
    const float* x;        // [tokens][columns], the residual stream
    const float* weight;   // [columns]
    const float* bias;     // [columns]
    float epsilon;
    int columns;
    float mean;
    float inverse;

    DEVICE void prepare(int, int) {}

    DEVICE float begin(int token, const ActivationForm& form) {
        __shared__ float scratch[warp_lanes];
        const float* row = x + (size_t)token * columns;
        float sum = 0, squares = 0;
        for (int column = threadIdx.x; column < columns; column += FORM_THREADS) sum += row[column];
        mean = block_sum(sum, scratch) / (float)columns;
        for (int column = threadIdx.x; column < columns; column += FORM_THREADS) {
            const float distance = row[column] - mean;
            squares += distance * distance;
        }

        inverse = 1.0f / sqrtf(block_sum(squares, scratch) / (float)columns + epsilon);
        return largest_magnitude(*this, token, form);
    }

    DEVICE void load(int token, int column, float (&values)[LANE_INPUTS]) const {
        float factors[LANE_INPUTS], offsets[LANE_INPUTS];
        load_eight(x + (size_t)token * columns + column, values);
        load_eight(weight + column, factors);
        load_eight(bias + column, offsets);
#pragma unroll
        for (int i = 0; i < LANE_INPUTS; i++) values[i] = (values[i] - mean) * inverse * factors[i] + offsets[i];
    }
};

struct LayerNormArguments {
    ActivationForm form;
    const float* x;        // [tokens][form.columns]
    const float* weight;   // [form.columns]
    const float* bias;     // [form.columns]
    float epsilon;
};

static_assert(sizeof(LayerNormArguments) == 112, "LayerNormArguments must match its C# twin");

extern "C" __global__ void __launch_bounds__(FORM_THREADS) layer_norm_form(const __grid_constant__ LayerNormArguments p) {
    make_form(LayerNormSource{p.x, p.weight, p.bias, p.epsilon, p.form.columns, 0.0f, 0.0f}, p.form);
}
