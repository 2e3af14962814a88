// Products of an unquantized matrix with many tokens on the tensor cores: blocks of 64 rows x 64 tokens, each of four warps 32 x 32.
// Weights become halves on the way to shared memory: exact for halves, and for bfloat16 down to 2^-24, far below what a sum notices.

constexpr int GEMM_THREADS = 128;
constexpr int GEMM_ROWS = 64;
constexpr int GEMM_TOKENS = 64;
constexpr int GEMM_INPUTS = 32;

// Eight halves of padding shift each row by four banks, so that the eight rows of an ldmatrix lie in different ones.
constexpr int GEMM_PITCH = GEMM_INPUTS + 8;
constexpr int GEMM_WORDS = GEMM_ROWS * GEMM_INPUTS / 8 / GEMM_THREADS;

// The next step's operands in registers, so that their loads run under this step's products.
struct GemmAhead {
    uint4 weights[GEMM_WORDS];
    uint4 inputs[GEMM_WORDS];
};

template <class Elements>
DEVICE void gemm_fetch(GemmAhead& ahead, const DenseProducts& p, const DenseTarget& target, int first_row, int first_token, int first_input) {
#pragma unroll
    for (int i = 0; i < GEMM_WORDS; i++) {
        const int item = threadIdx.x + i * GEMM_THREADS, row = item / (GEMM_INPUTS / 8), input = first_input + item % (GEMM_INPUTS / 8) * 8;
        float values[8] = {};
        if (first_row + row < target.rows && input < p.columns) Elements::load(target.weights, (size_t)(first_row + row) * p.columns + input, values);
        ahead.weights[i] = make_uint4(
            floats_to_halves(values[0], values[1]), floats_to_halves(values[2], values[3]), floats_to_halves(values[4], values[5]), floats_to_halves(values[6], values[7]));
        ahead.inputs[i] = first_token + row < p.tokens
            ? *(const uint4*)(p.x_half + (size_t)(first_token + row) * p.padded_columns + input)
            : make_uint4(0, 0, 0, 0);
    }
}

template <class Elements>
DEVICE void dense_gemm(const DenseProducts& p) {
    __shared__ __align__(16) half_bits weights[GEMM_ROWS][GEMM_PITCH];
    __shared__ __align__(16) half_bits inputs[GEMM_TOKENS][GEMM_PITCH];
    launch_dependents();
    wait_for_inputs();
    int block = blockIdx.x;
    const DenseTarget& target = find_target(p, block, GEMM_ROWS);
    const int first_row = block * GEMM_ROWS, first_token = blockIdx.y * GEMM_TOKENS;
    const int lane = lane_index(), warp_row = warp_index() % 2 * 32, warp_token = threadIdx.x / 64 * 32;

    float sums[2][4][4] = {};
    GemmAhead ahead;
    gemm_fetch<Elements>(ahead, p, target, first_row, first_token, 0);
    for (int input = 0; input < p.columns; input += GEMM_INPUTS) {
        __syncthreads();
#pragma unroll
        for (int i = 0; i < GEMM_WORDS; i++) {
            const int item = threadIdx.x + i * GEMM_THREADS, row = item / (GEMM_INPUTS / 8), at = item % (GEMM_INPUTS / 8) * 8;
            *(uint4*)&weights[row][at] = ahead.weights[i];
            *(uint4*)&inputs[row][at] = ahead.inputs[i];
        }

        __syncthreads();
        if (input + GEMM_INPUTS < p.columns) gemm_fetch<Elements>(ahead, p, target, first_row, first_token, input + GEMM_INPUTS);
#pragma unroll
        for (int step = 0; step < GEMM_INPUTS; step += 16) {
            uint4 a[2], b[2];
#pragma unroll
            for (int tile = 0; tile < 2; tile++) {
                a[tile] = load_matrices(shared_address(&weights[warp_row + tile * 16 + lane % 16][step + lane / 16 * 8]));
                b[tile] = load_matrices(shared_address(&inputs[warp_token + tile * 16 + lane % 8 + lane / 16 * 8][step + lane / 8 % 2 * 8]));
            }

#pragma unroll
            for (int row = 0; row < 2; row++) {
#pragma unroll
                for (int tile = 0; tile < 2; tile++) {
                    multiply_halves(sums[row][2 * tile], a[row].x, a[row].y, a[row].z, a[row].w, b[tile].x, b[tile].y);
                    multiply_halves(sums[row][2 * tile + 1], a[row].x, a[row].y, a[row].z, a[row].w, b[tile].z, b[tile].w);
                }
            }
        }
    }

#pragma unroll
    for (int item = 0; item < 2 * 4 * 4; item++) {
        const int row = first_row + warp_row + item / 16 * 16 + lane / 4 + item % 4 / 2 * 8;
        const int token = first_token + warp_token + item / 4 % 4 * 8 + lane % 4 * 2 + item % 2;
        if (row >= target.rows || token >= p.tokens) continue;
        float* output = target.output + (size_t)token * target.output_stride + row;
        const float sum = sums[item / 16][item / 4 % 4][item % 4] * p.x_half_scales[token];
        *output = p.add ? *output + sum : sum;
    }
}

// Blocks (x: 64 rows, matrix after matrix; y: 64 tokens).
extern "C" __global__ void __launch_bounds__(GEMM_THREADS) dense_gemm_f32(const __grid_constant__ DenseProducts p) { dense_gemm<Float32Elements>(p); }
extern "C" __global__ void __launch_bounds__(GEMM_THREADS) dense_gemm_f16(const __grid_constant__ DenseProducts p) { dense_gemm<Float16Elements>(p); }
extern "C" __global__ void __launch_bounds__(GEMM_THREADS) dense_gemm_bf16(const __grid_constant__ DenseProducts p) { dense_gemm<BFloat16Elements>(p); }
