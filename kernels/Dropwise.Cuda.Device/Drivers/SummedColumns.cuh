// PlaneColumns for codes with a zero point: beside the bytes, the sum of the inputs of each run that shares a zero, RunSteps steps. Whoever made the
// activations has summed them over runs of SumSteps steps, once for all products that read them.
template <int Steps, int Tiles, int RunSteps, int SumSteps>
struct SummedColumns : PlaneColumns<Steps, Tiles> {
    typedef PlaneColumns<Steps, Tiles> Bytes;
    static constexpr int loads = Steps / SumSteps / 2;
    static_assert(RunSteps % SumSteps == 0 && loads >= 1, "a run is whole sums, and two sums are a load");

    // Where runs are single steps and tokens many, there are no registers for sums: a product with ones makes each when it is wanted.
    static constexpr bool keeps_sums = RunSteps > 1 || Tiles <= 2;

    i32 sums[keeps_sums ? Tiles : 1][Steps / RunSteps];  // of token 4 t + q, 256 · high + low

    DEVICE i32 sum(int tile, int run) const {
        if constexpr (keeps_sums) return sums[tile][run];

        // Opaque, or the compiler makes the sums of all tiles at once and keeps them after all.
        u32 ones = 0x01010101;
        asm volatile("" : "+r"(ones));
        i32 dots[4] = {};
        multiply_bytes(dots, ones, ones, ones, ones, this->b[tile][run * RunSteps][0], this->b[tile][run * RunSteps][1]);
        return dots[0] * 256 + dots[1];
    }

    DEVICE void load(const Products& p, int unit, bool live) {
        Bytes::load(p, unit, live);
        if constexpr (!keeps_sums) return;
        const int token_sums = p.padded_columns / (SumSteps * step_columns);
#pragma unroll
        for (int t = 0; t < Tiles; t++) {
            const int token = t * Bytes::tile_tokens + lane_index() % 4;
            const i32* from = p.x_sums + static_cast<i64>(token) * token_sums + unit * (Steps / SumSteps);
            u32 loaded[loads * 2];
#pragma unroll
            for (int i = 0; i < loads; i++) {
                const uint2 pair = load_wanted_inputs(from + 2 * i, live && token < p.tokens);
                loaded[2 * i] = pair.x;
                loaded[2 * i + 1] = pair.y;
            }

#pragma unroll
            for (int run = 0; run < Steps / RunSteps; run++) {
                u32 sum = 0;
#pragma unroll
                for (int i = 0; i < RunSteps / SumSteps; i++) sum += loaded[run * (RunSteps / SumSteps) + i];
                sums[keeps_sums ? t : 0][run] = static_cast<i32>(sum);
            }
        }
    }
};
