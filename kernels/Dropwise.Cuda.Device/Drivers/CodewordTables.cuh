// Codebooks in shared memory as decoders look them up. What bounds a look-up is shared memory's bandwidth, and conflicts would multiply it: tables are
// replicated as often as they fit, [codebook][entry][replicas], so that lanes which read together have columns of their own.

// Shared memory that tables may take: what the largest ring of activations of a driver leaves, three stages with their barriers by wgmma, three of
// 64 tokens by mma.
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
constexpr int table_room = SHARED_BYTES - 3 * (256 * 128 + 16);
#else
constexpr int table_room = SHARED_BYTES - 3 * (64 * 128);
#endif

// The largest power of two, up to `most`, of copies of `bytes` that fit.
DEVICE constexpr int fitting_replicas(int bytes, int most) { return most == 1 || bytes * most <= table_room ? most : fitting_replicas(bytes, most / 2); }

DEVICE float codeword_element(i8 value) { return value; }

DEVICE float codeword_element(half_bits value) { return half_to_float(value); }

// The first `Codebooks` of the `Stored` codebooks of a set as values, each codebook's factor relative to the largest one multiplied in: so a half holds the
// codewords of that codebook, which are integers, without an error, and rows take the largest factor into their scales. Sums begin with the last
// codebook, which in nested formats is the smallest, and so is what its roundings cost. An entry is the inputs that a lane owns of a codeword: all
// of it, or of 16 weights one half, which the lane's parity chooses.
template <typename Value, typename Element, int Stored, int Codebooks, int Codewords, int Dimension>
struct CodewordTables {
    static constexpr int inputs = Dimension < 8 ? Dimension : 8;
    static constexpr int pieces = Dimension / inputs;
    static constexpr int entry_bytes = inputs * Value::element_bytes;

    // 128 bytes are all banks. Exact values are read seldom, and one copy does.
    static constexpr int most_replicas = Value::element_bytes == 2 ? 128 / entry_bytes : 1;
    static constexpr int replicas = fitting_replicas(Codebooks * Codewords * Dimension * Value::element_bytes, most_replicas);
    static constexpr int entry_stride = entry_bytes * replicas;
    static constexpr int codebook_bytes = Codewords * pieces * entry_stride;
    static constexpr int bytes = Codebooks * codebook_bytes;
    static_assert(bytes <= table_room, "codebooks fit into shared memory");

    u32 lane_table;

    DEVICE CodewordTables(u32 tables)
        : lane_table(tables + lane_index() % replicas * entry_bytes + lane_index() % pieces * entry_stride) {}

    // blob: codewords [Stored][Codewords][Dimension], then at a multiple of 16 bytes a float32 factor a codebook.
    static DEVICE const float* factors_of(const u8* blob) {
        return reinterpret_cast<const float*>(blob + round_up(Stored * Codewords * Dimension * static_cast<int>(sizeof(Element)), 16));
    }

    // What sums are to be multiplied by; 1 where all codebooks are zero.
    static DEVICE float factor(const u8* blob) {
        float largest = 0.0f;
#pragma unroll
        for (int i = 0; i < Codebooks; i++) largest = fmaxf(largest, fabsf(__ldg(factors_of(blob) + i)));
        return largest > 0.0f ? largest : 1.0f;
    }

    static DEVICE void fill(const u8* blob, u32 tables, int thread, int threads) {
        const float* factors = factors_of(blob);
        const float largest = factor(blob);
        for (int entry = thread; entry < Codebooks * Codewords * pieces; entry += threads) {
            const Element* from = reinterpret_cast<const Element*>(blob) + entry * inputs;
            const float relative = factors[entry / (Codewords * pieces)] / largest;
            float values[inputs];
#pragma unroll
            for (int i = 0; i < inputs; i++) values[i] = codeword_element(from[i]) * relative;
            u32 words[entry_bytes / 4];
#pragma unroll
            for (int i = 0; i < entry_bytes / 4; i++)
                words[i] = Value::element_bytes == 2 ? floats_to_halves(values[2 * i % inputs], values[(2 * i + 1) % inputs]) : __float_as_uint(values[i]);

            // Threads begin at different copies, or their stores would meet in the same banks.
            for (int copy = 0; copy < replicas; copy++) {
                const u32 to = tables + entry * entry_stride + (copy + thread) % replicas * entry_bytes;
#pragma unroll
                for (int i = 0; i < entry_bytes / 4; i += 2) store_shared2(to + i * 4, make_uint2(words[i], words[i + 1]));
            }
        }
    }

    // Adds the codeword of a code to the weights from the First-th on; that of the last codebook is where the sum begins.
    template <int Codebook, int First>
    DEVICE void add(Value& sum, u32 code) const {
        const u32 from = lane_table + Codebook * codebook_bytes + code * (pieces * entry_stride);
        u32 words[entry_bytes / 4];
#pragma unroll
        for (int i = 0; i < entry_bytes / 4; i += 4) {
            if (entry_bytes == 8) {
                const uint2 pair = load_shared2(from);
                words[0] = pair.x;
                words[1] = pair.y;
            } else {
                const uint4 four = load_shared4(from + i * 4);
                words[i] = four.x;
                words[i + 1] = four.y;
                words[i + 2] = four.z;
                words[i + 3] = four.w;
            }
        }

        if (Codebook == Codebooks - 1) {
            start<First>(sum, words);
        } else {
            accumulate<First>(sum, words);
        }
    }

private:
    template <int First, int Words>
    static DEVICE void start(HalfFragment& sum, const u32 (&words)[Words]) {
#pragma unroll
        for (int i = 0; i < Words; i++) sum.words[First / 2 + i] = words[i];
    }

    template <int First, int Words>
    static DEVICE void start(FloatFragment& sum, const u32 (&words)[Words]) {
#pragma unroll
        for (int i = 0; i < Words; i++) sum.values[First + i] = __uint_as_float(words[i]);
    }

    template <int First, int Words>
    static DEVICE void accumulate(HalfFragment& sum, const u32 (&words)[Words]) {
#pragma unroll
        for (int i = 0; i < Words; i++) sum.words[First / 2 + i] = add_halves(sum.words[First / 2 + i], words[i]);
    }

    template <int First, int Words>
    static DEVICE void accumulate(FloatFragment& sum, const u32 (&words)[Words]) {
#pragma unroll
        for (int i = 0; i < Words; i++) sum.values[First + i] += __uint_as_float(words[i]);
    }
};
