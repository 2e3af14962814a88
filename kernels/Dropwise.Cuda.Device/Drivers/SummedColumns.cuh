// PlaneColumns for codes with a zero point: beside the bytes, the sum of the inputs of each run that shares a zero, RunSteps steps. Whoever made the
// activations has summed them over runs of SumSteps steps, once for all products that read them.
template <int Steps, int Tiles, int RunSteps, int SumSteps>
struct SummedColumns : PlaneColumns<Steps, Tiles> {
    typedef PlaneColumns<Steps, Tiles> Bytes;
    static constexpr int loads = Steps / SumSteps / 2;
    static_assert(RunSteps % SumSteps == 0 && loads >= 1, "a run is whole sums, and two sums are a load");

    i32 sums[Tiles][Steps / RunSteps];  // of token 4 t + q, 256 · high + low

    DEVICE void load(const Products& p, int unit, bool live) {
        Bytes::load(p, unit, live);
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
                sums[t][run] = static_cast<i32>(sum);
            }
        }
    }
};
