// How stored elements of an unquantized matrix become float32, eight at a time.
constexpr int DENSE_FLOAT32 = 0;
constexpr int DENSE_FLOAT16 = 1;
constexpr int DENSE_BFLOAT16 = 2;

// Eight elements of one 16-byte word.
DEVICE void unpack_halves(const uint4& words, float (&values)[8]) {
    const u32 pairs[4] = {words.x, words.y, words.z, words.w};
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const float2 pair = halves_to_floats(pairs[i]);
        values[2 * i] = pair.x;
        values[2 * i + 1] = pair.y;
    }
}

DEVICE void unpack_bfloats(const uint4& words, float (&values)[8]) {
    const u32 pairs[4] = {words.x, words.y, words.z, words.w};
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const float2 pair = bfloats_to_floats(pairs[i]);
        values[2 * i] = pair.x;
        values[2 * i + 1] = pair.y;
    }
}

struct Float32Elements {
    static DEVICE void load(const void* matrix, size_t index, float (&values)[8]) {
        const uint4 low = load_streaming((const float*)matrix + index), high = load_streaming((const float*)matrix + index + 4);
        const u32 words[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
#pragma unroll
        for (int i = 0; i < 8; i++) values[i] = __uint_as_float(words[i]);
    }
};

struct Float16Elements {
    static DEVICE void load(const void* matrix, size_t index, float (&values)[8]) {
        unpack_halves(load_streaming((const half_bits*)matrix + index), values);
    }
};

struct BFloat16Elements {
    static DEVICE void load(const void* matrix, size_t index, float (&values)[8]) {
        unpack_bfloats(load_streaming((const bfloat_bits*)matrix + index), values);
    }
};
