// Norms of rows there and back: x * w / sqrt(mean(x^2) + epsilon), or with a bias (x - mean) * w / sqrt(variance + epsilon) + b. A block a row.

// The mean (0 where the norm has no bias) and the reciprocal of the size of a row.
DEVICE float2 norm_statistics(const float* row, int columns, bool is_centred, float epsilon, float* scratch) {
    float mean = 0, squares = 0;
    if (is_centred) {
        for (int i = threadIdx.x; i < columns; i += blockDim.x) mean += row[i];
        mean = block_sum(mean, scratch) / (float)columns;
    }

    for (int i = threadIdx.x; i < columns; i += blockDim.x) squares += (row[i] - mean) * (row[i] - mean);
    return make_float2(mean, 1.0f / sqrtf(block_sum(squares, scratch) / (float)columns + epsilon));
}

extern "C" __global__ void __launch_bounds__(ROW_THREADS) norm_rows(
    const float* x, i64 x_stride, const float* weight, const float* bias, float epsilon, float* y, i64 y_stride, int columns) {
    __shared__ float scratch[warp_lanes];
    const float* row = x + blockIdx.x * x_stride;
    const float2 statistics = norm_statistics(row, columns, bias != nullptr, epsilon, scratch);
    for (int i = threadIdx.x; i < columns; i += blockDim.x)
        y[blockIdx.x * y_stride + i] = (row[i] - statistics.x) * statistics.y * weight[i] + (bias == nullptr ? 0.0f : bias[i]);
}

// dy becomes dx; `products` receives dy times the normalized row, which summed over rows is the gradient of the weight, and `slopes` dy itself, that of the
// bias, where there is one. With n = (x - mean) r and g = w dy: dx = r (g - mean(g) - n mean(g n)), where a norm that is not centred has no mean(g).
extern "C" __global__ void __launch_bounds__(ROW_THREADS) norm_rows_back(
    const float* x, i64 x_stride, const float* weight, float epsilon, float* dy, i64 dy_stride, float* products, float* slopes, int columns) {
    __shared__ float scratch[warp_lanes];
    const float* row = x + blockIdx.x * x_stride;
    float* gradient = dy + blockIdx.x * dy_stride;
    const bool is_centred = slopes != nullptr;
    const float2 statistics = norm_statistics(row, columns, is_centred, epsilon, scratch);
    float sum = 0, along = 0;
    for (int i = threadIdx.x; i < columns; i += blockDim.x) {
        const float normed = (row[i] - statistics.x) * statistics.y, g = gradient[i] * weight[i];
        products[(i64)blockIdx.x * columns + i] = gradient[i] * normed;
        if (is_centred) slopes[(i64)blockIdx.x * columns + i] = gradient[i];
        sum += g;
        along += g * normed;
    }

    along = block_sum(along, scratch) / (float)columns;
    sum = is_centred ? block_sum(sum, scratch) / (float)columns : 0.0f;
    for (int i = threadIdx.x; i < columns; i += blockDim.x)
        gradient[i] = statistics.y * (gradient[i] * weight[i] - sum - (row[i] - statistics.x) * statistics.y * along);
}
