// What layers in float32 do to rows and elements while a model is quantized or trained. Kernels are launched plainly, one after the other in a stream.
constexpr int ROW_THREADS = 256;

// The first element of a thread that takes every n-th one.
DEVICE i64 grid_index() { return (i64)blockIdx.x * blockDim.x + threadIdx.x; }

DEVICE i64 grid_step() { return (i64)gridDim.x * blockDim.x; }

// y += x.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) add_values(const float* x, float* y, i64 count) {
    for (i64 i = grid_index(); i < count; i += grid_step()) y[i] += x[i];
}

// y += x of another width: float64 sums of float32 ones.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) add_to_doubles(const float* x, double* y, i64 count) {
    for (i64 i = grid_index(); i < count; i += grid_step()) y[i] += (double)x[i];
}

// What is below the diagonal, above it.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) mirror_lower(double* matrix, int size) {
    for (i64 i = grid_index(); i < (i64)size * size; i += grid_step()) {
        const i64 row = i / size, column = i % size;
        if (row < column) matrix[i] = matrix[column * size + row];
    }
}

// Rows of one stride into rows of another.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) copy_rows(const float* source, i64 source_stride, float* target, i64 target_stride, int rows, int columns) {
    for (i64 i = grid_index(); i < (i64)rows * columns; i += grid_step()) {
        const i64 row = i / columns, column = i % columns;
        target[row * target_stride + column] = source[row * source_stride + column];
    }
}

// y[row] += b.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) add_to_rows(const float* vector, float* y, i64 stride, int rows, int columns) {
    for (i64 i = grid_index(); i < (i64)rows * columns; i += grid_step()) y[i / columns * stride + i % columns] += vector[i % columns];
}

// Rows of chosen tokens, times their weights where there are any.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) gather_rows(
    const float* all, i64 all_stride, const int* tokens, const float* weights, float* some, i64 some_stride, int rows, int columns) {
    for (i64 i = grid_index(); i < (i64)rows * columns; i += grid_step()) {
        const int row = (int)(i / columns), column = (int)(i % columns);
        const float value = all[tokens[row] * all_stride + column];
        some[row * some_stride + column] = weights == nullptr ? value : value * weights[row];
    }
}

// Adds rows to those of chosen tokens, each of which is chosen once.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) scatter_rows(
    const float* some, i64 some_stride, const int* tokens, const float* weights, float* all, i64 all_stride, int rows, int columns) {
    for (i64 i = grid_index(); i < (i64)rows * columns; i += grid_step()) {
        const int row = (int)(i / columns), column = (int)(i % columns);
        const float value = some[row * some_stride + column];
        all[tokens[row] * all_stride + column] += weights == nullptr ? value : value * weights[row];
    }
}

// The products of rows with those of chosen tokens, a block a row.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) row_products(
    const float* all, i64 all_stride, const float* some, i64 some_stride, const int* tokens, float* products, i64 products_stride, int columns) {
    __shared__ float scratch[warp_lanes];
    const int token = tokens[blockIdx.x];
    float sum = 0;
    for (int i = threadIdx.x; i < columns; i += blockDim.x) sum += all[token * all_stride + i] * some[blockIdx.x * some_stride + i];
    sum = block_sum(sum, scratch);
    if (threadIdx.x == 0) products[token * products_stride] = sum;
}

// Sums of columns over runs of rows, into partial sums [runs][columns] that `add_partial_sums` adds up in order: no sum depends on what ran first.
constexpr int SUMMED_ROWS = 256;

extern "C" __global__ void __launch_bounds__(ROW_THREADS) sum_columns(const float* x, i64 stride, float* partial, int rows, int columns) {
    const int column = blockIdx.x * blockDim.x + threadIdx.x;
    if (column >= columns) return;
    const int first = blockIdx.y * SUMMED_ROWS, last = min(first + SUMMED_ROWS, rows);
    float sum = 0;
    for (int row = first; row < last; row++) sum += x[row * stride + column];
    partial[(i64)blockIdx.y * columns + column] = sum;
}

extern "C" __global__ void __launch_bounds__(ROW_THREADS) add_partial_sums(const float* partial, float* sums, int runs, int columns) {
    const int column = blockIdx.x * blockDim.x + threadIdx.x;
    if (column >= columns) return;
    float sum = 0;
    for (int run = 0; run < runs; run++) sum += partial[(i64)run * columns + column];
    sums[column] = sum;
}

// Rows times a factor each.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) scale_rows(const float* x, const float* factors, float* scaled, i64 count, int columns) {
    for (i64 i = grid_index(); i < count; i += grid_step()) scaled[i] = x[i] * factors[i / columns];
}

// y = x f - y: what codes leave of targets over the row scales, or the other way round.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) subtract_from_scaled(const float* x, const float* factors, float* y, i64 count, int columns) {
    for (i64 i = grid_index(); i < count; i += grid_step()) y[i] = x[i] * factors[i / columns] - y[i];
}

// <a, b> and <a, c> of each row in float64, a block a row.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) row_moments(const float* a, const float* b, const float* c, double* products, int columns) {
    __shared__ double sums[2][ROW_THREADS];
    double first = 0, second = 0;
    for (int i = threadIdx.x; i < columns; i += blockDim.x) {
        const i64 at = (i64)blockIdx.x * columns + i;
        const double x = a[at];
        first += x * b[at];
        second += x * c[at];
    }

    sums[0][threadIdx.x] = first;
    sums[1][threadIdx.x] = second;
    __syncthreads();
    for (int distance = ROW_THREADS / 2; distance > 0; distance /= 2) {
        if (threadIdx.x < distance) {
            sums[0][threadIdx.x] += sums[0][threadIdx.x + distance];
            sums[1][threadIdx.x] += sums[1][threadIdx.x + distance];
        }

        __syncthreads();
    }

    if (threadIdx.x < 2) products[2 * blockIdx.x + threadIdx.x] = sums[threadIdx.x][0];
}
