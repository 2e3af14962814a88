// How fast the device reads memory: what products of few tokens are held against. Bits of all words are combined, and the result leaves the
// kernel under a condition that no compiler can rule out, so that no load may be dropped.

constexpr int read_threads = 512;

// Loads of a thread under way at a time: with 2048 threads, 256 KB a multiprocessor, several times what latency and bandwidth ask for.
constexpr int read_ahead = 8;

// count: vectors of 16 bytes, a multiple of read_ahead for every thread of the grid.
extern "C" __global__ void __launch_bounds__(read_threads) read_memory(const uint4* source, u64 count, u32* result) {
    const u64 stride = static_cast<u64>(gridDim.x) * read_threads;
    u32 bits = 0;
    for (u64 i = static_cast<u64>(blockIdx.x) * read_threads + threadIdx.x; i < count; i += stride * read_ahead) {
        uint4 vectors[read_ahead];
#pragma unroll
        for (int ahead = 0; ahead < read_ahead; ahead++) vectors[ahead] = load_streaming(source + i + ahead * stride);
#pragma unroll
        for (int ahead = 0; ahead < read_ahead; ahead++) bits ^= vectors[ahead].x ^ vectors[ahead].y ^ vectors[ahead].z ^ vectors[ahead].w;
    }

    if (bits == 0x9e3779b9u) *result = bits;
}
