// Split activations as B fragments of integer products: what a warp keeps in registers of the inputs of its unit, Steps steps of 32. A column is
// one byte plane of one token, so that 16 bits of an activation cost two of the eight columns of a fragment.

template <bool Add>
DEVICE void store_sum(float* to, float value) { *to = Add ? *to + value : value; }

// Rows g and g + 8 of A are two rows of weights, or the two byte planes of one row of 16-bit weights: a column tile serves four tokens.
template <int Steps, int Tiles>
struct PlaneColumns {
    static constexpr int tile_tokens = 4;
    u32 b[Tiles][Steps][2];
    float scales[Tiles];

    // Loads are predicated, not branched around, so that all of them are under way at once.
    DEVICE void load(const Products& p, int unit, bool live) {
        const int lane = lane_index();
        const int slices = p.padded_columns / job_columns;
#pragma unroll
        for (int t = 0; t < Tiles; t++) {
            const int column = t * 8 + lane / 4;
            const bool present = live && column < 2 * p.tokens;
            const i8* from = p.x + static_cast<i64>(column) * p.padded_columns + unit * (Steps * 32) + lane % 4 * 8;
#pragma unroll
            for (int s = 0; s < Steps; s++) {
                const uint2 word = load_wanted_inputs(from + s * 32, present);
                b[t][s][0] = word.x;
                b[t][s][1] = word.y;
            }

            const int token = t * tile_tokens + lane % 4;
            scales[t] = __uint_as_float(load_wanted_input(p.x_scales + static_cast<i64>(token) * slices + unit * Steps / 16, live && token < p.tokens));
        }
    }

    // Products of rows g and g + 8 with token 4 t + q, in units of the activations' integers, become floats of [16 rows][tokens], or are added to those
    // that are there.
    template <bool Add>
    DEVICE void store(const float (&y)[Tiles][2], float* to, int tokens) const {
        const int lane = lane_index();
#pragma unroll
        for (int t = 0; t < Tiles; t++) {
            const int token = t * tile_tokens + lane % 4;
            if (token >= tokens) continue;
            store_sum<Add>(to + lane / 4 * tokens + token, y[t][0] * scales[t]);
            store_sum<Add>(to + (lane / 4 + 8) * tokens + token, y[t][1] * scales[t]);
        }
    }
};

// Where two lanes have parts of the same sums, of rows g and g + 8 and token 2 t + q / 2: even lanes of first halves, odd lanes of last halves.
template <bool Add, int Tiles>
DEVICE void store_lane_pairs(const float (&y)[Tiles][2], const float (&scales)[Tiles], float* to, int tokens) {
    const int lane = lane_index();
#pragma unroll
    for (int t = 0; t < Tiles; t++) {
        const float low = y[t][0] + __shfl_xor_sync(all_lanes, y[t][0], 1);
        const float high = y[t][1] + __shfl_xor_sync(all_lanes, y[t][1], 1);
        const int token = t * 2 + lane % 4 / 2;
        if (lane % 2 != 0 || token >= tokens) continue;
        store_sum<Add>(to + lane / 4 * tokens + token, low * scales[t]);
        store_sum<Add>(to + (lane / 4 + 8) * tokens + token, high * scales[t]);
    }
}

// The first and the last four of a codeword's eight bytes are rows g and g + 8 of A, because then the two registers of a look-up are operands as
// they are; moving them into place costs a fifth of the time. Columns are byte plane, half and token, a column tile serves two tokens, and the
// sums of a half with the other half's columns are never read.
template <int Steps, int Tiles>
struct HalfColumns {
    static constexpr int tile_tokens = 2;
    u32 b[Tiles][Steps];
    float scales[Tiles];

    DEVICE void load(const Products& p, int unit, bool live) {
        const int lane = lane_index();
        const int slices = p.padded_columns / job_columns;
#pragma unroll
        for (int t = 0; t < Tiles; t++) {
            const int column = t * 8 + lane / 4;
            const int row = column / 4 * 2 + column % 2;
            const bool present = live && row < 2 * p.tokens;
            const i8* from = p.x + static_cast<i64>(row) * p.padded_columns + unit * (Steps * 32) + lane % 4 * 8 + column / 2 % 2 * 4;
#pragma unroll
            for (int s = 0; s < Steps; s++) b[t][s] = load_wanted_input(from + s * 32, present);
            const int token = t * tile_tokens + lane % 4 / 2;
            scales[t] = __uint_as_float(load_wanted_input(p.x_scales + static_cast<i64>(token) * slices + unit * Steps / 16, live && token < p.tokens));
        }
    }

    template <bool Add>
    DEVICE void store(const float (&y)[Tiles][2], float* to, int tokens) const { store_lane_pairs<Add>(y, scales, to, tokens); }
};
