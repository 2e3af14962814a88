// PlaneColumns for codes with a zero point: beside the bytes, the sum of the inputs of each run, RunSteps steps that share a zero. Sums do not depend on
// weights, so a warp makes them once a unit, by products with ones, and all rows that stream past use them.
template <int Steps, int Tiles, int RunSteps>
struct SummedColumns : PlaneColumns<Steps, Tiles> {
    typedef PlaneColumns<Steps, Tiles> Bytes;
    i32 sums[Tiles][Steps / RunSteps];  // of token 4 t + q, 256 · high + low

    DEVICE void load(const Products& p, int unit, bool live) {
        constexpr u32 ones = 0x01010101;
        Bytes::load(p, unit, live);
#pragma unroll
        for (int t = 0; t < Tiles; t++) {
#pragma unroll
            for (int run = 0; run < Steps / RunSteps; run++) {
                i32 products[4] = {};
#pragma unroll
                for (int s = 0; s < RunSteps; s++) {
                    const u32 (&b)[2] = Bytes::b[t][run * RunSteps + s];
                    multiply_bytes(products, ones, ones, ones, ones, b[0], b[1]);
                }

                sums[t][run] = products[0] * 256 + products[1];
            }
        }
    }
};
