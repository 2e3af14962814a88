// Codebooks that are too large for shared memory, 2^9 codewords and more, as decoders gather them from global memory: a codeword of eight halves is one 16-byte
// load, and the two or three sets that a layer reads (65,536 codewords of eight are a mebibyte) stay in L2, partly in L1. The loads of a step depend on codes
// only, so that all of a unit's are under way together.

// Codewords as operands of integer products, for the driver of few tokens (Gemv.cuh).
template <typename Element, int Stored, int Codebooks, int Codewords, int Dimension>
struct CodewordGathers : CodewordSet<Element, Stored, Codewords, Dimension> {
    typedef CodewordSet<Element, Stored, Codewords, Dimension> Set;
    typedef typename Set::Operand Operand;
    static constexpr bool split = Set::split;
    static constexpr int bytes = 0;

    // Nothing is looked up in shared memory.
    struct Tables {
        DEVICE explicit Tables(const Matrix&) {}
        DEVICE void store() {}
    };

    // The lane's half of every codeword: of 16 weights even lanes have the first and odd lanes the second one, as they own the inputs.
    static DEVICE const u8* column(const Matrix& matrix) {
        return matrix.codebooks + (split ? Set::words_at : 0) + lane_index() % (Set::codeword_bytes / Set::entry_bytes) * Set::entry_bytes;
    }

    static DEVICE const u8* entry(int codebook, const u8* column, u32 code) {
        return column + static_cast<i64>(codebook * Codewords + code) * Set::codeword_bytes;
    }

    // The operand of a code of eight inputs or more.
    static DEVICE Operand look_up(int codebook, const u8* column, u32 code) {
        const u8* from = entry(codebook, column, code);
        if constexpr (split) {
            const uint4 words = __ldg(reinterpret_cast<const uint4*>(from));
            return {words.x, words.y, words.z, words.w};
        } else {
            const uint2 words = __ldg(reinterpret_cast<const uint2*>(from));
            return {words.x, words.y};
        }
    }

    // The operand of two codes of four inputs each.
    static DEVICE Operand look_up(int codebook, const u8* column, u32 first, u32 last) {
        const u8 *from = entry(codebook, column, first), *next = entry(codebook, column, last);
        if constexpr (split) {
            const uint2 first_words = __ldg(reinterpret_cast<const uint2*>(from)), last_words = __ldg(reinterpret_cast<const uint2*>(next));
            return {first_words.x, first_words.y, last_words.x, last_words.y};
        } else {
            return {__ldg(reinterpret_cast<const u32*>(from)), __ldg(reinterpret_cast<const u32*>(next))};
        }
    }
};

// Codewords as values, for products with halves and for dequantization (Fragments.cuh). As in CodewordTables each codebook's factor relative to the largest
// one is multiplied in, and rows take the largest into their scales; of a single codebook it is one, and codewords of halves are values as they are.
template <typename Value, typename Element, int Stored, int Codebooks, int Codewords, int Dimension>
struct GatheredValues {
    typedef CodewordSet<Element, Stored, Codewords, Dimension> Set;
    static constexpr int bytes = 0;
    static constexpr int inputs = Dimension < 8 ? Dimension : 8;
    const u8* blob;

    static DEVICE float factor_of(const u8* blob, int codebook) { return __ldg(reinterpret_cast<const float*>(blob + Set::factors_at) + codebook); }

    // What sums are to be multiplied by; 1 where all codebooks are zero.
    static DEVICE float factor(const u8* blob) {
        float largest = 0.0f;
#pragma unroll
        for (int i = 0; i < Codebooks; i++) largest = fmaxf(largest, fabsf(factor_of(blob, i)));
        return largest > 0.0f ? largest : 1.0f;
    }

    static DEVICE void fill(const u8*, u32, int, int) {}

    DEVICE explicit GatheredValues(const u8* blob) : blob(blob) {}

    // Adds the codeword of a code to the weights from the First-th on; that of the last codebook is where the sum begins.
    template <int Codebook, int First>
    DEVICE void add(Value& sum, u32 code) const {
        const u8* from = blob + static_cast<i64>(Codebook * Codewords + code) * Set::codeword_bytes + lane_index() % (Dimension / inputs) * Set::entry_bytes;
        u32 words[Set::entry_bytes / 4];
#pragma unroll
        for (int i = 0; i < Set::entry_bytes / 4; i++) words[i] = __ldg(reinterpret_cast<const u32*>(from) + i);
        float values[inputs];
        const float relative = Codebooks == 1 ? 1.0f : factor_of(blob, Codebook) / factor(blob);
#pragma unroll
        for (int i = 0; i < inputs; i++) {
            if constexpr (sizeof(Element) == 2) values[i] = relative * half_to_float(static_cast<half_bits>(words[i / 2] >> i % 2 * 16));
            else values[i] = relative * static_cast<float>(static_cast<i8>(words[i / 4] >> i % 4 * 8));
        }

        accumulate<First, Codebook == Codebooks - 1>(sum, values);
    }

private:
    template <int First, bool Begins>
    static DEVICE void accumulate(HalfFragment& sum, const float (&values)[inputs]) {
#pragma unroll
        for (int i = 0; i < inputs / 2; i++) {
            const u32 pair = floats_to_halves(values[2 * i], values[2 * i + 1]);
            sum.words[First / 2 + i] = Begins ? pair : add_halves(sum.words[First / 2 + i], pair);
        }
    }

    template <int First, bool Begins>
    static DEVICE void accumulate(FloatFragment& sum, const float (&values)[inputs]) {
#pragma unroll
        for (int i = 0; i < inputs; i++) sum.values[First + i] = Begins ? values[i] : sum.values[First + i] + values[i];
    }
};
