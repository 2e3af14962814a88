// The decoder of codes with a second level for products with bytes (Gemv.cuh).
//
// Hopper has half as many lanes for integer and logic instructions as for float32, and a step of 512 weights has about 17 clocks at the speed of
// memory. So codes are used where they lie in their words (one logic instruction a register, no shift), quantized scales become floats by a
// shift and a logic instruction each, and everything else is float32: 16 integer instructions a step.

// What a warp keeps in shared memory of a unit: factors of its groups, and what a code of 0 lacks, scale · zero, of every row and group.
struct GroupScratch {
    static constexpr int factor_bytes = second_level_groups * 16;
    static constexpr int bytes = factor_bytes + second_level_groups * tile_rows * 4;

    u32 base;

    DEVICE void store_factors(int group, float4 factors) const {
        store_shared4(base + group * 16, make_uint4(
            __float_as_uint(factors.x), __float_as_uint(factors.y), __float_as_uint(factors.z), __float_as_uint(factors.w)));
    }

    DEVICE float4 factors(int group) const {
        const uint4 bits = load_shared4(base + group * 16);
        return make_float4(__uint_as_float(bits.x), __uint_as_float(bits.y), __uint_as_float(bits.z), __uint_as_float(bits.w));
    }

    DEVICE void store_product(int group, int g, float low, float high) const {
        store_shared2(base + factor_bytes + (group * 8 + g) * 8, make_uint2(__float_as_uint(low), __float_as_uint(high)));
    }

    DEVICE float product(int group, int g, bool high) const {
        return __uint_as_float(load_shared(base + factor_bytes + (group * 8 + g) * 8 + (high ? 4 : 0)));
    }
};

template <typename Format, int Steps, int Threads>
struct SecondLevelByteDecoder {
    static_assert(Steps == second_level_steps, "a unit is eight steps");
    static constexpr int unit_steps = Steps;
    static constexpr int parts = 1;
    static constexpr int threads = Threads;
    static constexpr int table_bytes = Threads / warp_lanes * GroupScratch::bytes;

    template <int Tiles>
    using Columns = GroupColumns<Tiles>;

    // Memory of the warps stands where others have tables; it needs no filling.
    struct Tables {
        DEVICE Tables(const Matrix&) {}
        DEVICE void store() {}
    };

    // Addresses are made where they are needed, from arguments that lie in constant memory: kept in registers, they would push activations out.
    DEVICE SecondLevelByteDecoder(const Matrix& matrix, const Products& p)
        : _matrix(matrix), _p(p), _scratch{static_cast<u32>(table_address + warp_index() * GroupScratch::bytes)} {}

    DEVICE void load(bool wanted, int, int tile, int unit) {
        // A unit that is not wanted reads the first one: a predicate would keep the registers of its loads occupied at all times.
        const int lane = lane_index();
        const u32 at = wanted ? tile * (_p.padded_columns / second_level_columns) + unit : 0;
        load_chunks(_words, _matrix.streams[0] + piece_offset(at, Format::chunks * warp_lanes * 16) + lane * 16);
        _fields.load(_matrix.streams[1] + piece_offset(at, Format::statistic_bits * 64) + (lane / 4 * 2 + lane % 2) * 4);
        const u8* statistics = _matrix.streams[2] + piece_offset(at, second_level_groups * 8) + lane % second_level_groups * 8;
        _halves = make_uint2(load_streaming_word(statistics), load_streaming_word(statistics + 4));
        if constexpr (Format::has_outliers) _range.seek(_matrix.streams[3], at);
        _unit = unit;
    }

    template <int Tiles>
    DEVICE void multiply(int, const Columns<Tiles>& x, float (&y)[Tiles][2]) {
        // The lanes of a token share its outliers; one token has all four lanes of a row pair.
        const bool alone = Tiles == 1 && _p.tokens == 1;
        const u32 stride = alone ? 4 : Columns<Tiles>::token_lanes;
        u32 position = 0;
        u32 entries[ahead<Tiles>];
        if constexpr (Format::has_outliers) {
            // Behind the last entry of a matrix lies one more.
            position = _range.position + lane_index() % stride;
#pragma unroll
            for (int i = 0; i < ahead<Tiles>; i++) entries[i] = load_streaming_word(outliers() + min(position + i * stride, _range.end));
        }

        store_factors();
        if constexpr (Columns<Tiles>::token_lanes == 1) multiply_masked<Tiles>(x, y);
        else multiply_codes<Tiles>(x, y);
        if constexpr (Format::has_outliers) multiply_outliers<Tiles>(alone, position, stride, entries, y);
    }

    static DEVICE u32 load_row_scale(const Matrix&, int) { return 0; }
    static DEVICE float row_scale(u32) { return 1.0f; }

private:
    typedef GroupFields<Format::statistic_bits> Fields;

    // Entries that are on their way while codes are multiplied; a lane seldom has more at one weight in a hundred. Many tokens need the registers.
    template <int Tiles>
    static constexpr int ahead = Tiles < 8 ? 3 : 1;

    // Scale and zero become multiply-adds of a field's float. What registers are multiplied by leaves the scale and enters the zero.
    DEVICE void store_factors() const {
        __syncwarp();
        const int group = lane_index();
        if (group < second_level_groups) {
            const GroupStatistics own = GroupStatistics::of(_halves);
            const float up = 1 << Format::shift(group / 2), down = 1.0f / up;
            const float scale = own.scale_step * down, zero = own.zero_step * up;
            _scratch.store_factors(group, make_float4(
                scale * Fields::unit, -scale * (Fields::bias + own.scale_offset), zero * Fields::unit, -zero * (Fields::bias + own.zero_offset)));
        }

        __syncwarp();
    }

    struct RowPair {
        float scale[2];
        float zero[2];
    };

    // Scales and zeros of rows g and g + 8 in a step's group, which needs the fields of the lane's own parity.
    DEVICE RowPair decode(const Fields& fields, int step, int parity) const {
        const float4 factors = _scratch.factors(step * 2 + parity);
        RowPair rows;
#pragma unroll
        for (int half = 0; half < 2; half++) {
            rows.scale[half] = fmaf(fields.biased(step * 4 + half), factors.x, factors.y);
            rows.zero[half] = fmaf(fields.biased(step * 4 + 2 + half), factors.z, factors.w);
        }

        return rows;
    }

    static DEVICE float combine(i32 high, i32 low) { return static_cast<float>(high * 256 + low); }

    template <int Tiles>
    DEVICE void multiply_codes(const GroupColumns<Tiles>& x, float (&y)[Tiles][2]) const {
        const int lane = lane_index();
#pragma unroll
        for (int step = 0; step < second_level_steps; step++) {
            u32 a[4];
            Format::unpack(_words, step, a);
            const RowPair rows = decode(_fields, step, lane % 2);
            if (Format::has_outliers && lane % 4 < 2)
                _scratch.store_product(step * 2 + lane % 2, lane / 4, rows.scale[0] * rows.zero[0], rows.scale[1] * rows.zero[1]);
#pragma unroll
            for (int t = 0; t < Tiles; t++) {
                i32 dots[4] = {};
                multiply_unsigned_bytes(dots, a[0], a[1], a[2], a[3], x.b[t][step][0], x.b[t][step][1]);
                const float sum = x.sum(t, step);
#pragma unroll
                for (int half = 0; half < 2; half++)
                    y[t][half] = fmaf(rows.scale[half], fmaf(-rows.zero[half], sum, combine(dots[2 * half], dots[2 * half + 1])), y[t][half]);
            }
        }
    }

    // Each lane has the sums of both groups of its token, and so needs the fields of the other parity, which its neighbour holds.
    template <int Tiles>
    DEVICE void multiply_masked(const MaskedColumns<Tiles>& x, float (&y)[Tiles][2]) const {
        const int lane = lane_index();

        // Known anew for every tile of rows: the masked inputs are the same for all of them, and kept they would double the registers.
        int own_group = lane % 4 / 2;
        asm volatile("" : "+r"(own_group));
        Fields fields[2];
#pragma unroll
        for (int i = 0; i < Format::statistic_bits; i++) {
            const u32 other = __shfl_xor_sync(all_lanes, _fields.words[i], 1);
            fields[0].words[i] = lane % 2 == 0 ? _fields.words[i] : other;
            fields[1].words[i] = lane % 2 == 0 ? other : _fields.words[i];
        }

#pragma unroll
        for (int step = 0; step < second_level_steps; step++) {
            u32 a[4];
            Format::unpack(_words, step, a);
#pragma unroll
            for (int group = 0; group < 2; group++) {
                const RowPair rows = decode(fields[group], step, group);
                if (Format::has_outliers && lane % 4 == group)
                    _scratch.store_product(step * 2 + group, lane / 4, rows.scale[0] * rows.zero[0], rows.scale[1] * rows.zero[1]);
#pragma unroll
                for (int t = 0; t < MaskedColumns<Tiles>::lane_tokens; t++) {
                    i32 dots[4] = {}, ones[4] = {};
                    x.multiply(t, step, own_group == group, dots, [&](i32 (&sums)[4], u32 b0, u32 b1) { multiply_unsigned_bytes(sums, a[0], a[1], a[2], a[3], b0, b1); });
                    x.multiply(t, step, own_group == group, ones, [&](i32 (&sums)[4], u32 b0, u32 b1) { multiply_bytes(sums, 0x01010101, 0x01010101, 0x01010101, 0x01010101, b0, b1); });
                    const float sum = combine(ones[0], ones[1]);
#pragma unroll
                    for (int half = 0; half < 2; half++)
                        y[t][half] = fmaf(rows.scale[half], fmaf(-rows.zero[half], sum, combine(dots[2 * half], dots[2 * half + 1])), y[t][half]);
                }
            }
        }
    }

    // The code under an outlier is 0, so that its dense value is -scale · zero: what must be added is the outlier and that product.
    template <int Tiles>
    DEVICE void multiply_outliers(bool alone, u32 position, u32 stride, const u32 (&entries)[ahead<Tiles>], float (&y)[Tiles][2]) const {
        __syncwarp();
        const int token = alone ? 0 : lane_index() % 4 / Columns<Tiles>::token_lanes;
        const float before[2] = {y[0][0], y[0][1]};
        if (alone) y[0][0] = y[0][1] = 0.0f;
#pragma unroll
        for (int i = 0; i < ahead<Tiles>; i++) {
            if (position + i * stride < _range.end) add_outlier<Tiles>({entries[i]}, token, y);
        }

        for (position += ahead<Tiles> * stride; position < _range.end; position += stride) add_outlier<Tiles>({__ldg(outliers() + position)}, token, y);
        __syncwarp();
        if (!alone) return;
#pragma unroll
        for (int half = 0; half < 2; half++) y[0][half] += __shfl_xor_sync(all_lanes, y[0][half], 2) + before[half];
    }

    template <int Tiles>
    DEVICE void add_outlier(OutlierEntry entry, int first_token, float (&y)[Tiles][2]) const {
        const float weight = half_to_float(entry.value()) + _scratch.product(entry.group(), lane_index() / 4, entry.is_high());
        const i8* x = _p.x + _unit * second_level_columns + entry.column();
#pragma unroll
        for (int t = 0; t < Columns<Tiles>::lane_tokens; t++) {
            const int token = t * (4 / Columns<Tiles>::token_lanes) + first_token;
            if (token >= _p.tokens) continue;
            const i8* high = x + static_cast<i64>(2 * token) * _p.padded_columns;
            const float product = weight * static_cast<float>(high[0] * 256 + high[_p.padded_columns]);
            y[t][0] += entry.is_high() ? 0.0f : product;
            y[t][1] += entry.is_high() ? product : 0.0f;
        }
    }

    DEVICE const u32* outliers() const { return reinterpret_cast<const u32*>(_matrix.streams[4]); }

    const Matrix& _matrix;
    const Products& _p;
    GroupScratch _scratch;
    u32 _words[4 * Format::chunks];
    Fields _fields;
    uint2 _halves;
    OutlierRange _range;
    int _unit;
};
