// Products of an unquantized matrix with one to four tokens at a time: a warp multiplies four rows, so that the activations it reads
// from the first-level cache are used four times.

constexpr int DENSE_THREADS = 256;
constexpr int DENSE_WARP_ROWS = 4;
constexpr int DENSE_BLOCK_ROWS = DENSE_THREADS / 32 * DENSE_WARP_ROWS;
constexpr int DENSE_MATRICES = 4;

// One matrix of a launch.
struct DenseTarget {
    const void* weights;   // [rows][columns]
    float* output;         // [tokens][output_stride]
    int rows;
    int output_stride;
};

// A launch of matrices that read the same input. The same bytes as Dropwise.Inference.Cuda.DenseProductArguments.
struct DenseProducts {
    DenseTarget targets[DENSE_MATRICES];
    const float* x;                 // gemv: [tokens][padded_columns]
    const half_bits* x_half;   // gemm: [tokens][padded_columns] halves
    const float* x_half_scales;     // gemm: [tokens]
    int count;
    int tokens;
    int columns;                    // K, a multiple of 8
    int padded_columns;
    int type;                       // DENSE_FLOAT32, DENSE_FLOAT16 or DENSE_BFLOAT16
    int add;                        // 1: output += product
};

static_assert(sizeof(DenseProducts) == 144, "DenseProducts must match its C# twin");

// Finds the matrix of a block and makes the block's index relative to it; blocks of all matrices are numbered through.
DEVICE const DenseTarget& find_target(const DenseProducts& p, int& block, int block_rows) {
    int target = 0;
    for (; target < p.count - 1; target++) {
        const int blocks = (p.targets[target].rows + block_rows - 1) / block_rows;
        if (block < blocks) break;
        block -= blocks;
    }

    return p.targets[target];
}

template <class Elements, int TOKENS>
DEVICE void dense_rows(const DenseProducts& p, const DenseTarget& target, int first_row, int first_token) {
    const int lane = lane_index();
    float sums[DENSE_WARP_ROWS][TOKENS] = {};
    size_t rows[DENSE_WARP_ROWS];
#pragma unroll
    for (int row = 0; row < DENSE_WARP_ROWS; row++) rows[row] = (size_t)min(first_row + row, target.rows - 1) * p.columns;
    for (int column = lane * 8; column < p.columns; column += 32 * 8) {
        float weights[DENSE_WARP_ROWS][8];
#pragma unroll
        for (int row = 0; row < DENSE_WARP_ROWS; row++) Elements::load(target.weights, rows[row] + column, weights[row]);
#pragma unroll
        for (int token = 0; token < TOKENS; token++) {
            float x[8];
            load_eight(p.x + (size_t)min(first_token + token, p.tokens - 1) * p.padded_columns + column, x);
#pragma unroll
            for (int row = 0; row < DENSE_WARP_ROWS; row++) {
#pragma unroll
                for (int i = 0; i < 8; i++) sums[row][token] += weights[row][i] * x[i];
            }
        }
    }

#pragma unroll
    for (int row = 0; row < DENSE_WARP_ROWS; row++) {
#pragma unroll
        for (int token = 0; token < TOKENS; token++) {
            const float sum = warp_sum(sums[row][token]);
            if (lane != 0 || first_row + row >= target.rows || first_token + token >= p.tokens) continue;
            float* output = target.output + (size_t)(first_token + token) * target.output_stride + first_row + row;
            *output = p.add ? *output + sum : sum;
        }
    }
}

template <class Elements>
DEVICE void dense_gemv(const DenseProducts& p) {
    launch_dependents();
    wait_for_inputs();
    int block = blockIdx.x;
    const DenseTarget& target = find_target(p, block, DENSE_BLOCK_ROWS);
    const int first_row = block * DENSE_BLOCK_ROWS + warp_index() * DENSE_WARP_ROWS;
    if (first_row >= target.rows) return;
    if (p.tokens == 1) dense_rows<Elements, 1>(p, target, first_row, 0);
    else
        for (int token = 0; token < p.tokens; token += 4) dense_rows<Elements, 4>(p, target, first_row, token);
}

// Blocks (x: 32 rows, matrix after matrix).
extern "C" __global__ void __launch_bounds__(DENSE_THREADS) dense_gemv_f32(const __grid_constant__ DenseProducts p) { dense_gemv<Float32Elements>(p); }
extern "C" __global__ void __launch_bounds__(DENSE_THREADS) dense_gemv_f16(const __grid_constant__ DenseProducts p) { dense_gemv<Float16Elements>(p); }
extern "C" __global__ void __launch_bounds__(DENSE_THREADS) dense_gemv_bf16(const __grid_constant__ DenseProducts p) { dense_gemv<BFloat16Elements>(p); }
