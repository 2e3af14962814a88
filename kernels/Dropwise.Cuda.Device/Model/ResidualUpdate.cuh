// y += norm(x + bias): what a product cannot do while it adds its result to the residual stream. Any of x, bias and norm may be absent, so that
// the same kernel adds a bias to the output of a product.
constexpr int RESIDUAL_THREADS = 256;

struct ResidualArguments {
    float* y;                // [tokens][columns]
    const float* x;          // [tokens][columns], or null for zeros
    const float* bias;       // [columns], or null
    const float* weight;     // [columns], of the norm; null without one
    const float* norm_bias;  // [columns], of the norm of a layer; null for a root-mean-square norm
    int columns;
    float epsilon;
};

static_assert(sizeof(ResidualArguments) == 48, "ResidualArguments must match its C# twin");

// Blocks (x: a token).
extern "C" __global__ void __launch_bounds__(RESIDUAL_THREADS) update_residual(const __grid_constant__ ResidualArguments p) {
    __shared__ float scratch[warp_lanes];
    launch_dependents();
    wait_for_inputs();
    const size_t row = (size_t)blockIdx.x * p.columns;
    auto value = [&](int column) { return (p.x == nullptr ? 0.0f : p.x[row + column]) + (p.bias == nullptr ? 0.0f : p.bias[column]); };
    float mean = 0, inverse = 1;
    if (p.weight != nullptr) {
        if (p.norm_bias != nullptr) {
            float sum = 0;
            for (int column = threadIdx.x; column < p.columns; column += RESIDUAL_THREADS) sum += value(column);
            mean = block_sum(sum, scratch) / (float)p.columns;
        }

        float squares = 0;
        for (int column = threadIdx.x; column < p.columns; column += RESIDUAL_THREADS) {
            const float distance = value(column) - mean;
            squares += distance * distance;
        }

        inverse = 1.0f / sqrtf(block_sum(squares, scratch) / (float)p.columns + p.epsilon);
    }

    for (int column = threadIdx.x; column < p.columns; column += RESIDUAL_THREADS) {
        float added = value(column);
        if (p.weight != nullptr) added = (added - mean) * inverse * p.weight[column];
        if (p.norm_bias != nullptr) added += p.norm_bias[column];
        p.y[row + column] += added;
    }
}
