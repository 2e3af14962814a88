// Groups of 16 inputs whose scales and zeros are quantized themselves: what decoders of such codes are made of. A unit is 16 rows times 256
// inputs, eight steps of 32; a step of a row touches two groups.
//
// How codes lie is a generated struct:
//
//   struct Codes {
//       static constexpr int chunks;          // 16-byte loads of a lane and unit: bits of a code
//       static constexpr int statistic_bits;  // bits of a quantized scale, and of a quantized zero
//       static constexpr bool has_outliers;
//       static constexpr int shift(int step);                                  // registers hold codes times 2^shift
//       static void unpack(const u32 (&words)[4 * chunks], int step, u32 (&registers)[4]);
//   };

constexpr int second_level_steps = 8;
constexpr int second_level_columns = second_level_steps * step_columns;
constexpr int second_level_groups = second_level_columns / 16;

// The quantized scales and zeros of rows g and g + 8 in a unit's groups of one parity, field after field: for each step scale of g, scale of
// g + 8, zero of g, zero of g + 8.
template <int Bits>
struct GroupFields {
    // A field that lies in the upper bits of a mantissa is a float without a conversion: 2^23 + 2^top field.
    static constexpr int top = 23 - Bits;
    static constexpr float unit = 1.0f / (1 << top);
    static constexpr float bias = 1 << Bits;

    u32 words[Bits];

    // Words of 8 row pairs and two parities lie together.
    DEVICE void load(const u8* address) {
#pragma unroll
        for (int i = 0; i < Bits; i++) words[i] = load_streaming_word(address + 64 * i);
    }

    // The float of a field: (result) * unit - bias is its value. `index` is a constant once unrolled, so this is a shift and a logic operation.
    DEVICE float biased(int index) const {
        const int word = index * Bits / 32, first = index * Bits % 32;
        u32 moved = first > top ? words[word] >> (first - top) : words[word] << (top - first);
        if (first + Bits > 32) moved = __funnelshift_r(words[word], words[word + 1], first - top);
        return __uint_as_float((moved & (((1u << Bits) - 1) << top)) | 0x4b000000u);
    }
};

struct ScaleAndZero {
    float scale;
    float zero;
};

// The statistics of a group of 16 rows: s = scale_step * (s_q - scale_offset), z = zero_step * (z_q - zero_offset).
struct GroupStatistics {
    float scale_step, scale_offset, zero_step, zero_offset;

    static DEVICE GroupStatistics of(uint2 halves) {
        const float2 scale = halves_to_floats(halves.x), zero = halves_to_floats(halves.y);
        return {scale.x, scale.y, zero.x, zero.y};
    }

    // Lane i holds those of group i of the unit; all lanes take part.
    static DEVICE GroupStatistics of_group(uint2 own, int group) {
        return of(make_uint2(__shfl_sync(all_lanes, own.x, group), __shfl_sync(all_lanes, own.y, group)));
    }

    // Scale and zero of row g (half 0) or g + 8 (half 1).
    template <int Bits>
    DEVICE ScaleAndZero decode(const GroupFields<Bits>& fields, int step, int half) const {
        typedef GroupFields<Bits> Fields;
        const float scale = fmaf(fields.biased(step * 4 + half), Fields::unit, -Fields::bias);
        const float zero = fmaf(fields.biased(step * 4 + 2 + half), Fields::unit, -Fields::bias);
        return {(scale - scale_offset) * scale_step, (zero - zero_offset) * zero_step};
    }
};

// Eight weights of a row from codes times 2^shift, the first and the last four; floats keep every bit.
DEVICE void weigh_codes(u32 first, u32 last, ScaleAndZero group, int shift, FloatFragment& weights) {
    const float unit = 1.0f / (1 << shift);
#pragma unroll
    for (int i = 0; i < 8; i++)
        weights.values[i] = (fmaf(byte_to_float(i < 4 ? first : last, i % 4) - float_2_23, unit, -group.zero)) * group.scale;
}

// The same as halves: the scale is rounded once, the weight once. The nearest integer of the zero is taken off the code, where halves are exact; s * z
// would be as large as the largest weight, and its rounding would be the error of all weights of the group.
DEVICE void weigh_codes(u32 first, u32 last, ScaleAndZero group, int shift, HalfFragment& weights) {
    constexpr float most = 15.0f;  // codes have four bits at most
    const float whole = fminf(fmaxf(rintf(group.zero), 0.0f), most);
    const float rest = group.scale * (whole - group.zero);
    const float start = 1024.0f + whole * (1 << shift);
    const u32 scale = floats_to_halves(group.scale / (1 << shift), group.scale / (1 << shift));
    const u32 offset = floats_to_halves(rest, rest);
    const u32 bias = floats_to_halves(start, start);
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const u32 bytes = i < 2 ? first : last;
        const u32 codes = subtract_halves(i % 2 == 0 ? bytes_to_halves<0>(bytes) : bytes_to_halves<1>(bytes), bias);
        weights.words[i] = fuse_halves(codes, scale, offset);
    }
}
