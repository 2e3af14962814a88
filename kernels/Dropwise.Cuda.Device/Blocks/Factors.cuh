// What the factors of moments need beside products: triangles of LEAF rows, and matrices turned round. A = L L' is taken apart by halves on the host, which leaves the
// blocks on the diagonal; their inverses turn division by L into products.
constexpr int LEAF = 64;
constexpr int LEAF_ROWS = ROW_THREADS / LEAF;

// Turns a flat array round, which turns both axes of a square matrix.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) reverse_values(double* values, i64 count) {
    for (i64 i = grid_index(); i < count / 2; i += grid_step()) {
        const double value = values[i];
        values[i] = values[count - 1 - i];
        values[count - 1 - i] = value;
    }
}

// Turns each row round.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) reverse_rows(float* values, i64 rows, int columns) {
    const int half = columns / 2;
    for (i64 i = grid_index(); i < rows * half; i += grid_step()) {
        float* left = values + i / half * columns + i % half;
        float* right = values + i / half * columns + columns - 1 - i % half;
        const float value = *left;
        *left = *right;
        *right = value;
    }
}

// Damping; an input without energy, where nothing is added, gets 1.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) add_to_diagonal(double* matrix, double added, int size) {
    for (i64 i = grid_index(); i < size; i += grid_step()) {
        const double value = matrix[i * size + i] + added;
        matrix[i * size + i] = value == 0 ? 1 : value;
    }
}

// y = x of another width.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) round_doubles(const double* x, float* y, i64 count) {
    for (i64 i = grid_index(); i < count; i += grid_step()) y[i] = (float)x[i];
}

// U = J L J in float32, zeros below its diagonal; J turns an axis round.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) upper_of_lower(const double* lower, float* upper, int size) {
    const i64 count = (i64)size * size;
    for (i64 i = grid_index(); i < count; i += grid_step()) upper[i] = i % size < i / size ? 0.0f : (float)lower[count - 1 - i];
}

// L of a block on the diagonal, in its place, and its inverse [LEAF][LEAF], zeros around it. One block of threads; `refused` becomes the first row of all blocks whose
// pivot is not positive, where it is negative before.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) factor_leaf(double* matrix, i64 stride, int size, double* inverse, int first, int* refused) {
    // L on the diagonal and below it, its inverse transposed above.
    __shared__ double values[LEAF][LEAF + 1];
    __shared__ double reciprocals[LEAF];
    for (int i = threadIdx.x; i < size * size; i += blockDim.x) values[i / size][i % size] = matrix[i / size * stride + i % size];
    __syncthreads();
    for (int k = 0; k < size; k++) {
        if (threadIdx.x == 0) {
            double pivot = values[k][k];
            if (!(pivot > 0)) {
                if (*refused < 0) *refused = first + k;
                pivot = 1;
            }

            values[k][k] = sqrt(pivot);
            reciprocals[k] = 1 / values[k][k];
        }

        __syncthreads();
        for (int i = k + 1 + threadIdx.x; i < size; i += blockDim.x) values[i][k] *= reciprocals[k];
        __syncthreads();
        for (int i = k + 1 + threadIdx.x / LEAF; i < size; i += LEAF_ROWS) {
            const int j = threadIdx.x % LEAF;
            if (j > k && j <= i) values[i][j] -= values[i][k] * values[j][k];
        }

        __syncthreads();
    }

    // L X = I, a thread a column of X.
    const int j = threadIdx.x;
    if (j < size) {
        for (int i = j + 1; i < size; i++) {
            double sum = values[i][j] * reciprocals[j];
            for (int k = j + 1; k < i; k++) sum += values[i][k] * values[j][k];
            values[j][i] = -sum * reciprocals[i];
        }
    }

    __syncthreads();
    for (int i = threadIdx.x; i < LEAF * LEAF; i += blockDim.x) {
        const int row = i / LEAF, column = i % LEAF;
        inverse[i] = row >= size || column > row ? 0 : row == column ? reciprocals[row] : values[column][row];
        if (row < size && column <= row) matrix[row * stride + column] = values[row][column];
    }
}

// Rows of a block's width times its inverse, or times that transposed, in place.
template <typename Element>
DEVICE void divide_rows(Element* x, i64 stride, int rows, const Element* inverse, int size, int transposed) {
    __shared__ Element factor[LEAF][LEAF + 1];
    __shared__ Element values[LEAF_ROWS][LEAF];
    const int own = threadIdx.x / LEAF, j = threadIdx.x % LEAF;
    for (int i = threadIdx.x; i < LEAF * LEAF; i += blockDim.x) {
        const int row = i / LEAF, column = i % LEAF;
        if (transposed) factor[column][row] = inverse[i];
        else factor[row][column] = inverse[i];
    }

    for (int first = blockIdx.x * LEAF_ROWS; first < rows; first += gridDim.x * LEAF_ROWS) {
        Element* place = x + (i64)(first + own) * stride + j;
        const bool is_there = first + own < rows && j < size;
        __syncthreads();
        values[own][j] = is_there ? *place : 0;
        __syncthreads();
        Element sum = 0;
        for (int k = 0; k < size; k++) sum += values[own][k] * factor[k][j];
        if (is_there) *place = sum;
    }
}

extern "C" __global__ void __launch_bounds__(ROW_THREADS) divide_rows_f64(double* x, i64 stride, int rows, const double* inverse, int size, int transposed) {
    divide_rows(x, stride, rows, inverse, size, transposed);
}

extern "C" __global__ void __launch_bounds__(ROW_THREADS) divide_rows_f32(float* x, i64 stride, int rows, const float* inverse, int size, int transposed) {
    divide_rows(x, stride, rows, inverse, size, transposed);
}
