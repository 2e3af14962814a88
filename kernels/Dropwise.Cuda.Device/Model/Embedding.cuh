// Rows of an unquantized embedding as float32: one block a token.
constexpr int EMBEDDING_THREADS = 256;

struct EmbeddingArguments {
    const void* table;   // [vocabulary][columns], elements of `type`
    const int* tokens;   // one a block
    float* output;       // [tokens][columns]
    int type;            // DENSE_FLOAT32, DENSE_FLOAT16 or DENSE_BFLOAT16
    int columns;         // a multiple of 8
};

static_assert(sizeof(EmbeddingArguments) == 32, "EmbeddingArguments must match its C# twin");

extern "C" __global__ void __launch_bounds__(EMBEDDING_THREADS) embedding_rows(const __grid_constant__ EmbeddingArguments p) {
    launch_dependents();
    wait_for_inputs();
    const size_t row = (size_t)p.tokens[blockIdx.x] * p.columns;
    for (int column = threadIdx.x * 8; column < p.columns; column += EMBEDDING_THREADS * 8) {
        float values[8];
        if (p.type == DENSE_FLOAT32) Float32Elements::load(p.table, row + column, values);
        else if (p.type == DENSE_FLOAT16) Float16Elements::load(p.table, row + column, values);
        else BFloat16Elements::load(p.table, row + column, values);
        float4* output = (float4*)(p.output + (size_t)blockIdx.x * p.columns + column);
        output[0] = make_float4(values[0], values[1], values[2], values[3]);
        output[1] = make_float4(values[4], values[5], values[6], values[7]);
    }
}
