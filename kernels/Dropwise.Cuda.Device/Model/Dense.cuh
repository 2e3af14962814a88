// Entry points for unquantized matrices of one element type, after the drivers of products: rows of an embedding, products of few and of
// many tokens. ELEMENT is HalfElement, BfloatElement or FloatElement, ELEMENT_BYTES its size.

// Of few tokens: as many rows a block as registers hold sums for.
typedef DenseGemv<ELEMENT, 1, 2> Gemv1;
typedef DenseGemv<ELEMENT, 4, 4> Gemv4;
typedef DenseGemv<ELEMENT, 16, 8> Gemv16;

extern "C" __global__ void __launch_bounds__(Gemv1::threads) dense_gemv_t1(const __grid_constant__ Products p) { Gemv1::run(p); }
extern "C" __device__ const KernelLaunch dense_gemv_t1_launch = Gemv1::launch;
extern "C" __global__ void __launch_bounds__(Gemv4::threads) dense_gemv_t4(const __grid_constant__ Products p) { Gemv4::run(p); }
extern "C" __device__ const KernelLaunch dense_gemv_t4_launch = Gemv4::launch;
extern "C" __global__ void __launch_bounds__(Gemv16::threads) dense_gemv_t16(const __grid_constant__ Products p) { Gemv16::run(p); }
extern "C" __device__ const KernelLaunch dense_gemv_t16_launch = Gemv16::launch;

// Of many, on the tensor cores. Float32 weights would lose half of their bits there: tiles of 16 tokens multiply them instead, however many there are.
#if ELEMENT_BYTES == 2
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
typedef GemmWarpgroup<DenseDecoder<ELEMENT, HalfFragment>, 2, 256> GemmMany;
#else
typedef Gemm<DenseDecoder<ELEMENT, HalfFragment>, 4, 2, 64> GemmMany;
#endif

extern "C" __global__ void __launch_bounds__(GemmMany::threads, 1) dense_gemm(const __grid_constant__ Products p) { GemmMany::run(p); }
extern "C" __device__ const KernelLaunch dense_gemm_launch = GemmMany::launch;
#endif

constexpr int embedding_threads = 256;

struct EmbeddingArguments {
    const u8* table;     // [vocabulary][columns], row-major
    const i32* tokens;   // one a block
    float* output;       // [tokens][columns]
    int columns;         // a multiple of 8
};

static_assert(sizeof(EmbeddingArguments) == 32, "EmbeddingArguments must match its C# twin");

// Blocks (x: a token).
extern "C" __global__ void __launch_bounds__(embedding_threads) embedding_rows(const __grid_constant__ EmbeddingArguments p) {
    launch_dependents();
    wait_for_inputs();
    const u8* row = p.table + static_cast<i64>(p.tokens[blockIdx.x]) * p.columns * (ELEMENT::words / 2);
    float* output = p.output + static_cast<i64>(blockIdx.x) * p.columns;
    for (int column = threadIdx.x * 8; column < p.columns; column += embedding_threads * 8) {
        FloatFragment values;
        DenseRun<ELEMENT>::load(row, column, p.columns).decode(values);
#pragma unroll
        for (int i = 0; i < 8; i += 4)
            *reinterpret_cast<float4*>(output + column + i) = make_float4(values.values[i], values.values[i + 1], values.values[i + 2], values.values[i + 3]);
    }
}
