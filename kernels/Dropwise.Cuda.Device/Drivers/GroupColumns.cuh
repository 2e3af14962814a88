// Split activations for groups of 16 inputs. A step of 32 inputs touches two groups, whose sums must stay apart; instead of two products with
// half of their inputs masked, a column holds only one group's inputs: columns are byte plane, group of the step and token. So a step is one
// product for two tokens, each lane gets the sums of one group, and it needs scale and zero of that group alone.
template <int Tiles>
struct GroupColumns {
    static constexpr int tile_tokens = 2;

    // Lanes of a row pair that have parts of one token's sums, and how many tokens a lane has.
    static constexpr int token_lanes = 2;
    static constexpr int lane_tokens = Tiles;

    // Sums of a group's activations, for zero points: kept where registers are left, otherwise one more product a step.
    static constexpr bool keeps_sums = Tiles <= 2;

    u32 b[Tiles][second_level_steps][2];
    float sums[keeps_sums ? Tiles : 1][second_level_steps];
    float scales[Tiles];

    DEVICE void load(const Products& p, int unit, bool live) {
        const int lane = lane_index();
        const int slices = p.padded_columns / job_columns;
#pragma unroll
        for (int t = 0; t < Tiles; t++) {
            const int column = lane / 4;
            const int row = (t * tile_tokens + column / 4) * 2 + column % 2;
            const bool present = live && row < 2 * p.tokens && column / 2 % 2 == lane % 4 / 2;
            const i8* from = p.x + static_cast<i64>(row) * p.padded_columns + unit * second_level_columns + lane % 4 * 8;
#pragma unroll
            for (int s = 0; s < second_level_steps; s++) {
                const uint2 word = load_wanted_inputs(from + s * step_columns, present);
                b[t][s][0] = word.x;
                b[t][s][1] = word.y;
            }

            const int token = t * tile_tokens + lane % 4 / 2;
            const i64 slice = unit * second_level_columns / job_columns;
            scales[t] = __uint_as_float(load_wanted_input(p.x_scales + static_cast<i64>(token) * slices + slice, live && token < p.tokens));
        }

        if constexpr (keeps_sums) {
#pragma unroll
            for (int t = 0; t < Tiles; t++) {
#pragma unroll
                for (int s = 0; s < second_level_steps; s++) sums[t][s] = sum_inputs(t, s);
            }
        }
    }

    // The sum of the step's activations of the lane's group and token, 256 · high + low.
    DEVICE float sum(int tile, int step) const {
        if constexpr (keeps_sums) return sums[tile][step];
        else return sum_inputs(tile, step);
    }

    template <bool Add>
    DEVICE void store(const float (&y)[Tiles][2], float* to, int tokens) const { store_lane_pairs<Add>(y, scales, to, tokens); }

private:
    DEVICE float sum_inputs(int tile, int step) const {
        constexpr u32 ones = 0x01010101;
        i32 dots[4] = {};
        multiply_bytes(dots, ones, ones, ones, ones, b[tile][step][0], b[tile][step][1]);
        return static_cast<float>(dots[0] * 256 + dots[1]);
    }
};

// Eight and sixteen tokens would not fit registers so, for half of them hold zeros. They are kept as they are, and a step is two products with
// half of the lanes' inputs masked.
template <int Tiles>
struct MaskedColumns : PlaneColumns<second_level_steps, Tiles / 2> {
    static constexpr int tile_tokens = 2;
    static constexpr int token_lanes = 1;
    static constexpr int lane_tokens = Tiles / 2;

    // The step's products with the inputs of one group: those of lanes q = 0 and 1, or of 2 and 3.
    template <typename Multiply>
    DEVICE void multiply(int tile, int step, bool mine, i32 (&dots)[4], Multiply product) const {
        product(dots, mine ? this->b[tile][step][0] : 0, mine ? this->b[tile][step][1] : 0);
    }

    template <bool Add>
    DEVICE void store(const float (&y)[Tiles][2], float* to, int tokens) const {
        float plane[lane_tokens][2];
#pragma unroll
        for (int t = 0; t < lane_tokens; t++) {
            plane[t][0] = y[t][0];
            plane[t][1] = y[t][1];
        }

        PlaneColumns<second_level_steps, lane_tokens>::template store<Add>(plane, to, tokens);
    }
};

template <>
struct GroupColumns<4> : MaskedColumns<4> {};

template <>
struct GroupColumns<8> : MaskedColumns<8> {};
