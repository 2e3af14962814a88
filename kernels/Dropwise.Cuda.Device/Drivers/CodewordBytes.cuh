// Codebooks in shared memory as the driver of few tokens looks them up (Gemv.cuh): bytes that are operands of integer products as they are read. A code's
// row is its codeword again and again, 128 bytes where that fits: lanes that read together own a column each, and none conflicts.

// Eight codeword bytes of a row of weights: its first and its last four inputs.
struct ByteOperand {
    u32 first;
    u32 last;
};

// The same as 16-bit integers: the high and the low bytes of the first and of the last four inputs.
struct WordOperand {
    u32 high_first;
    u32 low_first;
    u32 high_last;
    u32 low_last;
};

template <typename Element>
struct CodewordOperand;

template <>
struct CodewordOperand<i8> {
    typedef ByteOperand Type;
};

template <>
struct CodewordOperand<half_bits> {
    typedef WordOperand Type;
};

// Where a set of `Stored` codebooks lies in device memory. int8 codewords are read as the set stores them; float16 ones as the 16-bit integers that follow
// the set: [codebook][codeword] of pieces [high of four inputs][low of them], after one float32 factor a codebook.
template <typename Element, int Stored, int Codewords, int Dimension>
struct CodewordSet {
    typedef typename CodewordOperand<Element>::Type Operand;
    static constexpr bool split = sizeof(Element) == 2;
    static constexpr int codeword_bytes = Dimension * static_cast<int>(sizeof(Element));

    // What a lane owns of a codeword.
    static constexpr int entry_bytes = (Dimension < 8 ? Dimension : 8) * static_cast<int>(sizeof(Element));

    // Codewords, factors, then of float16 codewords factors and integers again.
    static constexpr int factors_at = round_up(Stored * Codewords * codeword_bytes, 16);
    static constexpr int word_factors_at = factors_at + round_up(Stored * 4, 16);
    static constexpr int words_at = word_factors_at + round_up(Stored * 4, 16);

    static DEVICE float factor(const Matrix& matrix, int codebook) {
        return __ldg(reinterpret_cast<const float*>(matrix.codebooks + (split ? word_factors_at : factors_at)) + codebook);
    }
};

// The first `Codebooks` of them in shared memory.
template <typename Element, int Stored, int Codebooks, int Codewords, int Dimension>
struct CodewordBytes : CodewordSet<Element, Stored, Codewords, Dimension> {
    typedef CodewordSet<Element, Stored, Codewords, Dimension> Set;
    typedef typename Set::Operand Operand;
    static constexpr bool split = Set::split;
    static constexpr int codeword_bytes = Set::codeword_bytes;
    static constexpr int entry_bytes = Set::entry_bytes;

    // What a block of the driver keeps for itself lies before the tables.
    static constexpr int room = SHARED_BYTES - (table_address - system_shared_bytes);

    static DEVICE constexpr int fitting_row(int bytes) { return bytes <= 16 || Codebooks * Codewords * bytes <= room ? bytes : fitting_row(bytes / 2); }

    static constexpr int row_bytes = fitting_row(128);
    static constexpr int codebook_bytes = Codewords * row_bytes;
    static constexpr int bytes = Codebooks * codebook_bytes;
    static_assert(bytes <= room && row_bytes >= codeword_bytes, "codebooks fit into shared memory");

    // Copies go by 16 bytes: a piece is that much of a codeword, or a shorter codeword several times. The loads need nothing of an earlier kernel and
    // are under way while the block finds its work; a thread stores all copies of a piece, each lane beginning at another one.
    struct Tables {
        static constexpr int codeword_pieces = codeword_bytes < 16 ? 1 : codeword_bytes / 16;
        static constexpr int pieces = Codebooks * Codewords * codeword_pieces;
        static constexpr int copies = row_bytes / 16 / codeword_pieces;

        // For blocks of 512 threads; smaller ones go round again.
        static constexpr int ahead = ceil_divide(pieces, 512);

        const u8* codewords;
        uint4 loaded[ahead];

        static DEVICE uint4 load(const u8* codewords, int piece) {
            const u8* from = codewords + piece * (codeword_bytes < 16 ? codeword_bytes : 16);
            if (codeword_bytes >= 16) return __ldg(reinterpret_cast<const uint4*>(from));
            if (codeword_bytes == 8) {
                const uint2 pair = __ldg(reinterpret_cast<const uint2*>(from));
                return make_uint4(pair.x, pair.y, pair.x, pair.y);
            }

            const u32 word = __ldg(reinterpret_cast<const u32*>(from));
            return make_uint4(word, word, word, word);
        }

        static DEVICE void replicate(int piece, uint4 value) {
            const u32 to = table_address + piece / codeword_pieces * row_bytes + piece % codeword_pieces * 16;
#pragma unroll
            for (int copy = 0; copy < copies; copy++) store_shared4(to + (copy + threadIdx.x) % copies * (codeword_pieces * 16), value);
        }

        DEVICE explicit Tables(const Matrix& matrix) : codewords(matrix.codebooks + (split ? Set::words_at : 0)) {
#pragma unroll
            for (int i = 0; i < ahead; i++) {
                const int piece = threadIdx.x + i * blockDim.x;
                if (piece < pieces) loaded[i] = load(codewords, piece);
            }
        }

        DEVICE void store() {
#pragma unroll
            for (int i = 0; i < ahead; i++) {
                const int piece = threadIdx.x + i * blockDim.x;
                if (piece < pieces) replicate(piece, loaded[i]);
            }

            for (int piece = threadIdx.x + ahead * blockDim.x; piece < pieces; piece += blockDim.x) replicate(piece, load(codewords, piece));
        }
    };

    // The lane's column of every row. Of codewords of 16 weights even lanes have the first half and odd lanes the second one, as they own the inputs.
    static DEVICE u32 column() { return lane_index() % (row_bytes / entry_bytes) * entry_bytes; }

    // The operand of a code of eight inputs or more.
    static DEVICE Operand look_up(int codebook, u32 column, u32 code) {
        const u32 from = table_address + codebook * codebook_bytes + (code * row_bytes | column);
        if constexpr (split) {
            const uint4 entry = load_shared4(from);
            return {entry.x, entry.y, entry.z, entry.w};
        } else {
            const uint2 entry = load_shared2(from);
            return {entry.x, entry.y};
        }
    }

    // The operand of two codes of four inputs each.
    static DEVICE Operand look_up(int codebook, u32 column, u32 first, u32 last) {
        const u32 from = table_address + codebook * codebook_bytes;
        if constexpr (split) {
            const uint2 first_entry = load_shared2(from + (first * row_bytes | column));
            const uint2 last_entry = load_shared2(from + (last * row_bytes | column));
            return {first_entry.x, first_entry.y, last_entry.x, last_entry.y};
        } else {
            return {load_shared(from + (first * row_bytes | column)), load_shared(from + (last * row_bytes | column))};
        }
    }
};
