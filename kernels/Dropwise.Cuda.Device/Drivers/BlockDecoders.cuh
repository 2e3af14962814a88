// The decoders of somebody else's blocks whose groups have quantized scales (BlockScales.cuh): as the drivers of products with halves and of
// dequantization take them (Fragments.cuh), and as that of few tokens does (Gemv.cuh). Other blocks are planar codes.
//
// A format is:
//
//   struct Format {
//       static constexpr int part_steps;   // steps that one load covers
//       static constexpr int code_zero;    // what is subtracted from a code; 0 where they are signed bytes
//       static constexpr int sum_steps;    // steps of a sum of the activations that products read; 0 where they need none
//       static constexpr bool has_signed;  // whether unpack gives signed bytes, otherwise codes
//       struct Part { ... QuantizedScales<...> scales; };  // or QuantizedOffsets, or QuantizedHalves
//       struct Streams { Streams(const Matrix& matrix, int padded_columns); Part load(int tile, int part, bool wanted = true) const; };
//       static void unpack(const Part& part, int step, u32 (&registers)[4]);
//   };

template <typename Format, typename Value>
struct BlockDecoder {
    typedef Value Fragment;
    typedef typename Format::Part Codes;
    static constexpr int part_steps = Format::part_steps;
    static constexpr int table_bytes = 0;
    typename Format::Streams streams;

    static DEVICE void fill(const Matrix&, u32, int, int) {}

    DEVICE BlockDecoder(const Matrix& matrix, int, int padded_columns, u32) : streams(matrix, padded_columns) {}

    DEVICE Codes load(int tile, int part) const { return streams.load(tile, part); }

    DEVICE void decode(const Codes& part, int step, Value& low, Value& high) const {
        u32 codes[4];
        Format::unpack(part, step, codes);

        // A lane's eight inputs lie in one group of 16: lanes q = 0 and 1 in the step's first one.
        const int group = part.scales.group_columns == step_columns ? step : step * 2 + lane_index() % 4 / 2;
        weigh(codes[0], codes[2], part.scales.scale(group, 0), part.scales.offset(group, 0), low);
        weigh(codes[1], codes[3], part.scales.scale(group, 1), part.scales.offset(group, 1), high);
    }

    static DEVICE float row_scale(const Matrix&, int) { return 1.0f; }

private:
    // All of it is exact but the last step: a scale has at most 19 bits.
    static DEVICE void weigh(u32 first, u32 last, float scale, float offset, FloatFragment& weights) {
#pragma unroll
        for (int i = 0; i < 8; i++) {
            const u32 codes = (i < 4 ? first : last) ^ (Format::has_signed ? 0x80808080u : 0);
            const float code = byte_to_float(codes, i % 4) - (float_2_23 + (Format::has_signed ? 128 : Format::code_zero));
            weights.values[i] = decltype(Codes::scales)::has_offsets ? fmaf(code, scale, offset) : code * scale;
        }
    }

    static DEVICE void weigh(u32 first, u32 last, float scale, float offset, HalfFragment& weights) {
        FloatFragment exact;
        weigh(first, last, scale, offset, exact);
#pragma unroll
        for (int i = 0; i < 4; i++) weights.words[i] = floats_to_halves(exact.values[2 * i], exact.values[2 * i + 1]);
    }
};

// The activations of groups of 32 come with their sums where there are offsets; those of groups of 16 are summed beside their products.
template <int Steps, int Tiles, int SumSteps>
struct BlockColumns {
    typedef SummedColumns<Steps, Tiles, 1, SumSteps> Type;
};

template <int Steps, int Tiles>
struct BlockColumns<Steps, Tiles, 0> {
    typedef PlaneColumns<Steps, Tiles> Type;
};

template <typename Format, int Steps, int Threads>
struct BlockByteDecoder {
    typedef typename Format::Part Part;
    typedef decltype(Part::scales) Scales;
    static constexpr int unit_steps = Steps;
    static constexpr int parts = Steps / Format::part_steps;
    static constexpr int table_bytes = 0;
    static constexpr int threads = Threads;
    static_assert(Steps % Format::part_steps == 0, "a unit is whole parts");

    template <int Tiles>
    using Columns = typename BlockColumns<Steps, Tiles, Format::sum_steps>::Type;

    // Nothing is looked up in shared memory.
    struct Tables {
        DEVICE explicit Tables(const Matrix&) {}
        DEVICE void store() {}
    };

    typename Format::Streams streams;
    Part loaded[parts];

    DEVICE BlockByteDecoder(const Matrix& matrix, const Products& p) : streams(matrix, p.padded_columns) {}

    DEVICE void load(bool wanted, int part, int tile, int unit) { loaded[part] = streams.load(tile, unit * parts + part, wanted); }

    template <int Tiles>
    DEVICE void multiply(int index, const Columns<Tiles>& x, float (&y)[Tiles][2]) const {
        const Part& part = loaded[index];
#pragma unroll
        for (int s = 0; s < Format::part_steps; s++) {
            const int step = index * Format::part_steps + s;
            u32 codes[4];
            Format::unpack(part, s, codes);
#pragma unroll
            for (int i = 0; i < 4; i++) {
                if (Format::code_zero != 0) codes[i] = subtract_bytes(codes[i], Format::code_zero * 0x01010101u);
            }

            if constexpr (Scales::group_columns == step_columns) {
                i32 sums[Tiles][4] = {};
#pragma unroll
                for (int t = 0; t < Tiles; t++) multiply_bytes(sums[t], codes[0], codes[1], codes[2], codes[3], x.b[t][step][0], x.b[t][step][1]);
#pragma unroll
                for (int half = 0; half < 2; half++) {
                    const float scale = part.scales.scale(s, half), offset = part.scales.offset(s, half);
#pragma unroll
                    for (int t = 0; t < Tiles; t++) {
                        y[t][half] += scale * static_cast<float>(sums[t][2 * half] * 256 + sums[t][2 * half + 1]);
                        if constexpr (Scales::has_offsets) y[t][half] += offset * static_cast<float>(x.sum(t, step));
                    }
                }
            } else {
                multiply_groups(part, s, step, codes, x, y);
            }
        }
    }

    static DEVICE u32 load_row_scale(const Matrix&, int) { return 0; }

    static DEVICE float row_scale(u32) { return 1.0f; }

private:
    // A step is two groups of 16, of lanes q = 0 and 1 and of 2 and 3: each is a product with the other lanes' codes masked, which costs tensor cores
    // that otherwise wait, and no register.
    template <int Tiles>
    static DEVICE void multiply_groups(const Part& part, int s, int step, const u32 (&codes)[4], const Columns<Tiles>& x, float (&y)[Tiles][2]) {
#pragma unroll
        for (int group = 0; group < 2; group++) {
            // Codes are masked and not inputs, and the mask is opaque: the compiler would keep masked inputs and their sums, which are the same for all
            // tiles, in registers that are not there.
            u32 mine = lane_index() % 4 / 2 == group ? 0xffffffffu : 0;
            asm volatile("" : "+r"(mine));
            u32 masked[4];
#pragma unroll
            for (int i = 0; i < 4; i++) masked[i] = codes[i] & mine;
            float scales[2], offsets[2];
#pragma unroll
            for (int half = 0; half < 2; half++) {
                scales[half] = part.scales.scale(2 * s + group, half);
                offsets[half] = part.scales.offset(2 * s + group, half);
            }

#pragma unroll
            for (int t = 0; t < Tiles; t++) {
                i32 sums[4] = {};
                multiply_bytes(sums, masked[0], masked[1], masked[2], masked[3], x.b[t][step][0], x.b[t][step][1]);
#pragma unroll
                for (int half = 0; half < 2; half++) y[t][half] += scales[half] * static_cast<float>(sums[2 * half] * 256 + sums[2 * half + 1]);
                if constexpr (Scales::has_offsets) {
                    const u32 ones = 0x01010101 & mine;
                    i32 inputs[4] = {};
                    multiply_bytes(inputs, ones, ones, ones, ones, x.b[t][step][0], x.b[t][step][1]);
                    const float sum = static_cast<float>(inputs[0] * 256 + inputs[1]);
#pragma unroll
                    for (int half = 0; half < 2; half++) y[t][half] += offsets[half] * sum;
                }
            }
        }
    }
};
