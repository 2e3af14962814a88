// What the host hands to the kernels of products. Dropwise.Cuda has the same structs as blittable C#; both sides assert the sizes.

// A job is what one warp multiplies at a time: this many output rows ...
constexpr int job_rows = 16;

// ... by this many inputs. K is padded to whole jobs, with codes and activations of zero.
constexpr int job_columns = 512;

// Where an input of a token lies among the halves of x_half, which are stored as the tensor cores read them from shared memory: slabs of 64
// inputs, [Kp / 64][tokens rounded up to 8][64 halves], so that one bulk copy brings a slab of any tokens. A row of a slab is 128 bytes; its 16-byte
// chunks are XORed with the token, so that the same chunk of eight tokens lies in different banks. Inside each run of 32 inputs, input
// 8q + 4m + 2h + e is half 16m + 8h + 2q + e: a lane decodes eight consecutive inputs 8q .. 8q + 7 of a weight row, and in this order they are
// exactly its registers of two m16n8k16 products. A pair (2i, 2i + 1) of inputs stays one 32-bit word.
DEVICE i64 half_index(int input, int token, int tokens) {
    const int chunk = (input & 32) >> 3 | (input & 4) >> 1 | (input & 2) >> 1;
    const int place = ((chunk ^ token) & 7) << 3 | (input & 24) >> 2 | (input & 1);
    return (static_cast<i64>(input >> 6) * round_up(tokens, 8) + token) * 64 + place;
}

// One weight matrix (or the shard of one) in the device layout of its format.
struct Matrix {
    const u8* streams[12];  // device streams in the order of the format's program; null where a level is not resident
    const u8* codebooks;    // prepared codebooks of additive formats, otherwise null
    float* output;          // [tokens][output_stride], float32
    int rows;               // N, rows that exist
    int output_stride;      // floats from one token's outputs to the next one's
};

// How the blocks of a product of few tokens share its work out, and a block among its warps. The host divides: a dozen divisions before the first load
// would cost a block most of a microsecond. Drivers/Gemv.cuh says what units, passes and spans are.
struct Shares {
    int block_tiles;      // tiles of 16 rows of a block
    int first_blocks[4];  // where the blocks of each matrix begin
    int pass_units;       // units that warps take side by side
    int groups;           // groups of such warps, on different tiles
    int passes;           // units one after the other
    int span_tiles;       // tiles that all passes go over before the next ones
};

// The products of one activation with one or more matrices of the same format, level and K: q, k and v are one launch.
struct Products {
    Matrix matrices[4];
    const i8* x;                 // split16: i8 [2 tokens][Kp], high bytes in even rows, low bytes in odd ones; dense: float32 [tokens][Kp]
    const float* x_scales;       // split16: [tokens][Kp / 512]
    const i32* x_sums;           // split16: [tokens][Kp / sum_run], sums of 256 * high + low over runs of inputs, for zero points
    const half_bits* x_half;     // half: x divided by the token's scale, each input at half_index
    const float* x_half_scales;  // half: [tokens], powers of two
    int matrix_count;
    int tokens;
    int columns;         // K
    int padded_columns;  // Kp, a multiple of job_columns
    int sum_run;         // inputs of a run of x_sums; 0 where the format needs none
    int add;             // 1: outputs are added to, 0: overwritten
    Shares shares;       // of kernels whose launch names a unit
};

// The matrices of a launch. Units compiled with CHOSEN_MATRICES multiply with the experts that a router chose in the kernel before: `streams` of the
// argument then holds a table of all experts' matrices and the address of the chosen one's number, so that a captured graph serves every choice. Nothing of
// a weight can be read before that number is there.
#if defined(CHOSEN_MATRICES)
DEVICE Matrix matrix_of(const Products& p, int index) {
    wait_for_inputs();
    const Matrix& argument = p.matrices[index];
    Matrix matrix = reinterpret_cast<const Matrix*>(argument.streams[0])[*reinterpret_cast<const i32*>(argument.streams[1])];
    matrix.output = argument.output;
    matrix.output_stride = argument.output_stride;
    return matrix;
}
#else
DEVICE const Matrix& matrix_of(const Products& p, int index) { return p.matrices[index]; }
#endif

static_assert(sizeof(Matrix) == 120, "Matrix must match its C# twin");
static_assert(sizeof(Products) == 584, "Products must match its C# twin");

// How a kernel wants to be launched. Beside each entry point K stands `extern "C" __device__ const KernelLaunch K_launch`, which the host reads
// from the loaded module: the constants of a driver are stated once, in its text.
struct KernelLaunch {
    int threads;            // of a block; 0: any multiple of a warp up to the launch bound, which the host tunes
    int rows;               // output rows of a tile
    int tokens;             // tokens of a tile
    int shared_bytes;       // dynamic shared memory of a block ...
    int warp_shared_bytes;  // ... and what each of its warps adds
    int blocks;             // 0: a block a tile; otherwise blocks share the tiles out among themselves, at most this many a multiprocessor
    int unit_columns;       // inputs of a unit, where the host fills in Products::shares; otherwise 0
    int sum_bytes;          // shared memory for the sums of a block's units, which bounds the tiles of a span
};

static_assert(sizeof(KernelLaunch) == 32, "KernelLaunch must match its C# twin");
