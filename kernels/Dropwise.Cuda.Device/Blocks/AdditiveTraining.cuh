// Matrices of additive codes in training: codes to weights, and gradients of weights to those of codewords and row scales. W = s V'(sum of codewords) with V an
// orthogonal rotation of inputs, V x = H (f x): H Hadamard blocks, f signs over the root of a block's size.
constexpr int CHUNK_INPUTS = 2048;
constexpr int CODEWORD_THREADS = 128;

struct CodedMatrix {
    float* weights;          // [rows][columns]
    const u16* codes;        // [codebooks][rows * runs]
    const float* codebooks;  // [codebooks][codewords][dimension]
    const float* row_scales; // [rows]
    const float* factors;    // f [columns], or null without a rotation
    const int* order;        // [codebooks][rows * runs]: runs in the order of their codes
    const int* starts;       // [codebooks][codewords + 1]: where those of each code begin
    float* gradients;        // [codebooks][codewords][dimension], added to
    int rows;
    int columns;
    int dimension;
    int codewords;
    int level;               // codebooks that count
    int block;               // inputs of a Hadamard block, a power of two that divides CHUNK_INPUTS
};

static_assert(sizeof(CodedMatrix) == 88, "CodedMatrix must match its C# twin");

// Hadamard blocks of a chunk in shared memory.
DEVICE void transform_chunk(float* values, int count, int block) {
    for (int half = 1; half < block; half *= 2) {
        __syncthreads();
        for (int i = threadIdx.x; i < count / 2; i += blockDim.x) {
            const int first = i / half * 2 * half + i % half;
            const float a = values[first], b = values[first + half];
            values[first] = a + b;
            values[first + half] = a - b;
        }
    }

    __syncthreads();
}

// Blocks: chunks of a row in y, rows in x.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) decode_coded(const __grid_constant__ CodedMatrix p) {
    __shared__ float values[CHUNK_INPUTS];
    const int first = blockIdx.y * CHUNK_INPUTS, count = min(CHUNK_INPUTS, p.columns - first), runs = p.columns / p.dimension;
    for (int i = threadIdx.x; i < count; i += blockDim.x) {
        const int run = (first + i) / p.dimension, j = (first + i) % p.dimension;
        float sum = 0;
        for (int m = 0; m < p.level; m++) {
            const int code = p.codes[((i64)m * p.rows + blockIdx.x) * runs + run];
            sum += p.codebooks[((i64)m * p.codewords + code) * p.dimension + j];
        }

        values[i] = sum * p.row_scales[blockIdx.x];
    }

    if (p.factors != nullptr) transform_chunk(values, count, p.block);
    for (int i = threadIdx.x; i < count; i += blockDim.x)
        p.weights[(i64)blockIdx.x * p.columns + first + i] = p.factors == nullptr ? values[i] : values[i] * p.factors[first + i];
}

// The gradient of weights behind the rotation: dL/dW' = dL/dW V', in place.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) rotate_gradient(const __grid_constant__ CodedMatrix p) {
    __shared__ float values[CHUNK_INPUTS];
    const int first = blockIdx.y * CHUNK_INPUTS, count = min(CHUNK_INPUTS, p.columns - first);
    float* row = p.weights + (i64)blockIdx.x * p.columns + first;
    for (int i = threadIdx.x; i < count; i += blockDim.x) values[i] = row[i] * p.factors[first + i];
    transform_chunk(values, count, p.block);
    for (int i = threadIdx.x; i < count; i += blockDim.x) row[i] = values[i];
}

// The gradient of each codeword: the sum over the runs that have its code, in their order, so that it does not depend on what ran first. `weights` are the
// gradients behind the rotation. Blocks: codewords in x, codebooks in y; as many lanes as a codeword has elements share a run.
extern "C" __global__ void __launch_bounds__(CODEWORD_THREADS) sum_codewords(const __grid_constant__ CodedMatrix p) {
    __shared__ float sums[CODEWORD_THREADS];
    const int runs = p.columns / p.dimension, m = blockIdx.y, j = threadIdx.x % p.dimension;
    const int* starts = p.starts + m * (p.codewords + 1) + blockIdx.x;
    const int* order = p.order + (i64)m * p.rows * runs;
    float sum = 0;
    for (int i = starts[0] + threadIdx.x / p.dimension; i < starts[1]; i += CODEWORD_THREADS / p.dimension)
        sum += p.row_scales[order[i] / runs] * p.weights[(i64)order[i] * p.dimension + j];
    sums[threadIdx.x] = sum;
    __syncthreads();
    for (int distance = CODEWORD_THREADS / 2; distance >= p.dimension; distance /= 2) {
        if (threadIdx.x < distance) sums[threadIdx.x] += sums[threadIdx.x + distance];
        __syncthreads();
    }

    if (threadIdx.x < p.dimension) p.gradients[((i64)m * p.codewords + blockIdx.x) * p.dimension + threadIdx.x] += sums[threadIdx.x];
}

// Adds <a, b> of each row, a block a row.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) multiply_rows(const float* a, const float* b, float* products, int columns) {
    __shared__ float scratch[warp_lanes];
    float sum = 0;
    for (int i = threadIdx.x; i < columns; i += blockDim.x) sum += a[(i64)blockIdx.x * columns + i] * b[(i64)blockIdx.x * columns + i];
    sum = block_sum(sum, scratch);
    if (threadIdx.x == 0) products[blockIdx.x] += sum;
}

// sums += w f x, a factor a row: how much a level and a row's scale make its part of the gradient count.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) add_scaled_rows(const float* x, const float* factors, float weight, float* sums, i64 count, int columns) {
    for (i64 i = grid_index(); i < count; i += grid_step()) sums[i] += weight * factors[i / columns] * x[i];
}

// sums += w f d', factors of rows times those of columns: the same of a diagonal.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) add_outer_products(const float* columns_of, const float* factors, float weight, float* sums, i64 count, int columns) {
    for (i64 i = grid_index(); i < count; i += grid_step()) sums[i] += weight * factors[i / columns] * columns_of[i % columns];
}
