// Unquantized weights: row-major [N][K rounded up to 8] of halves, bfloat16 or float32, read in place by the drivers of products. Eight lanes
// of one quarter read 64 bytes of a row each time, whole sectors. Inputs past K read as zero, rows past N are never asked for.

struct HalfElement {
    static constexpr int words = 4;  // 32-bit words of eight elements
    static DEVICE u32 halves(const u32* from, int pair) { return own_register(from[pair]); }
    static DEVICE float2 floats(const u32* from, int pair) { return halves_to_floats(from[pair]); }
};

// A bfloat16 is a half exactly between 2^-14 and 65504; smaller ones lose bits of less than 2^-24.
struct BfloatElement {
    static constexpr int words = 4;
    static DEVICE float2 floats(const u32* from, int pair) { return bfloats_to_floats(from[pair]); }
    static DEVICE u32 halves(const u32* from, int pair) { return floats_to_halves(floats(from, pair).x, floats(from, pair).y); }
};

struct FloatElement {
    static constexpr int words = 8;
    static DEVICE float2 floats(const u32* from, int pair) { return make_float2(__uint_as_float(from[2 * pair]), __uint_as_float(from[2 * pair + 1])); }
};

// Eight elements of a row, or zeros.
template <typename Element>
struct DenseRun {
    u32 words[Element::words];

    static DEVICE DenseRun load(const u8* row, int column, int columns) {
        DenseRun run;
#pragma unroll
        for (int i = 0; i < Element::words / 4; i++) {
            const uint4 value = column < columns ? load_streaming(row + static_cast<i64>(column) * (Element::words / 2) + i * 16) : make_uint4(0, 0, 0, 0);
            run.words[4 * i] = value.x;
            run.words[4 * i + 1] = value.y;
            run.words[4 * i + 2] = value.z;
            run.words[4 * i + 3] = value.w;
        }

        return run;
    }

    DEVICE void decode(HalfFragment& to) const {
#pragma unroll
        for (int pair = 0; pair < 4; pair++) to.words[pair] = Element::halves(words, pair);
    }

    DEVICE void decode(FloatFragment& to) const {
#pragma unroll
        for (int pair = 0; pair < 4; pair++) {
            const float2 value = Element::floats(words, pair);
            to.values[2 * pair] = value.x;
            to.values[2 * pair + 1] = value.y;
        }
    }
};

// The decoder of dense matrices (see Fragments.cuh). Bytes of a row: K rounded up to 8 elements.
template <typename Element, typename Values>
struct DenseDecoder {
    typedef Values Fragment;
    static constexpr int part_steps = 2;
    static constexpr int table_bytes = 0;

    struct Codes {
        DenseRun<Element> low[part_steps];
        DenseRun<Element> high[part_steps];
    };

    const u8* weights;
    int rows;
    int columns;

    static DEVICE void fill(const Matrix&, u32, int, int) {}

    static DEVICE float row_scale(const Matrix&, int) { return 1.0f; }

    DEVICE DenseDecoder(const Matrix& matrix, int columns, int, u32) : weights(matrix.streams[0]), rows(matrix.rows), columns(columns) {}

    DEVICE Codes load(int tile, int part) const {
        const int row = tile * tile_rows + lane_index() / 4;
        const i64 row_bytes = static_cast<i64>(round_up(columns, 8)) * (Element::words / 2);
        const u8* low = weights + min(row, rows - 1) * row_bytes;
        const u8* high = weights + min(row + 8, rows - 1) * row_bytes;
        Codes codes;
#pragma unroll
        for (int step = 0; step < part_steps; step++) {
            const int column = (part * part_steps + step) * step_columns + lane_index() % 4 * 8;
            codes.low[step] = DenseRun<Element>::load(low, column, columns);
            codes.high[step] = DenseRun<Element>::load(high, column, columns);
        }

        return codes;
    }

    DEVICE void decode(const Codes& codes, int step, Fragment& low, Fragment& high) const {
        codes.low[step].decode(low);
        codes.high[step].decode(high);
    }
};
