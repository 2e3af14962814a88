// y = W x for few tokens by integer tensor cores. A block owns all inputs of its rows, so that nothing is added in an order that could change.
//
// A unit is the inputs whose activations a warp keeps in registers while it streams rows past them. A pass is as many units as the block's warps
// take side by side; where there are warps left, groups of them take different tiles of 16 rows. A span is as many tiles as the products of a pass's
// units have room for in shared memory. Each pass goes over a whole span, because changing activations is what costs; a warp adds its products to its
// own of the passes before, so that warps only wait for each other at the end of a span, where units are added in their order.
//
// A decoder serves one format at one level. It is:
//
//   struct Decoder {
//       static constexpr int unit_steps;                 // steps of 32 inputs of a unit: 8 or 16
//       static constexpr int parts;                      // pieces of a unit's codes, loaded and used one after the other
//       static constexpr int table_bytes;                // 0, or shared memory from address 32 KB on that Tables fills
//       static constexpr int threads;                    // the most threads of a block
//       template <int Tiles> using Columns = ...;        // PlaneColumns or HalfColumns of unit_steps
//       struct Tables {
//           Tables(const Matrix& matrix);                // only loads
//           void store();                                // a barrier follows
//       };
//       Decoder(const Matrix& matrix, const Products& p);
//       void load(bool wanted, int part, int tile, int unit);  // only predicated loads, into members
//       template <int Tiles> void multiply(int part, const Columns<Tiles>& x, float (&y)[Tiles][2]);  // adds to y
//       static u32 load_row_scale(const Matrix& matrix, int row);
//       static float row_scale(u32 bits);
//   };
//
// multiply gives a lane what its Columns store: sums in units of the activations' integers, 256 · high + low, without the row's scale.

// Tables begin at this shared address, so that a code, shifted, and a lane's column are OR-ed into an address: 128 bytes a code, where the lanes of
// a conflict-free access each own a column. What lies before it (the system keeps 1 KB) holds the sums of a block.
constexpr int table_address = 32768;
constexpr int system_shared_bytes = 1024;

template <typename Decoder, int Tiles>
struct Gemv {
    static constexpr int tokens = Decoder::template Columns<Tiles>::tile_tokens * Tiles;
    static constexpr int front_bytes = table_address - system_shared_bytes;

    // The sums of many tokens lie behind the tables where more of them fit there: the fewer rounds, the fewer barriers.
    static constexpr int room = SHARED_BYTES - (Decoder::table_bytes == 0 ? 0 : front_bytes + Decoder::table_bytes);
    static constexpr bool behind = Decoder::table_bytes != 0 && Tiles > 1 && room > front_bytes;
    static constexpr int sum_bytes = Tiles == 1 || room <= front_bytes ? front_bytes : room < 98304 ? room : 98304;
    static constexpr int shared_bytes = Decoder::table_bytes == 0 ? sum_bytes : front_bytes + Decoder::table_bytes + (behind ? sum_bytes : 0);

    // Many tokens leave no register for it.
    static constexpr bool loads_output_early = Tiles <= 2;
    static constexpr KernelLaunch launch = {0, tile_rows, tokens, shared_bytes, 0, 4, Decoder::unit_steps * step_columns, sum_bytes};

    static DEVICE void run(const Products& p) {
        launch_dependents();
        const int warp = warp_index();
        const int units = p.padded_columns / (Decoder::unit_steps * step_columns);
        const Shares& shares = p.shares;
        int matrix = 0;
        while (matrix < p.matrix_count - 1 && blockIdx.x >= shares.first_blocks[matrix + 1]) matrix++;
        const Matrix& m = matrix_of(p, matrix);
        const int first_tile = (blockIdx.x - shares.first_blocks[matrix]) * shares.block_tiles;
        const int tiles = min(shares.block_tiles, ceil_divide(m.rows, tile_rows) - first_tile);
        const int span_tiles = shares.span_tiles;
        const int group = warp / shares.pass_units;
        const int unit_in_pass = warp - group * shares.pass_units;
        const bool works = group < shares.groups;
        float* const row_scales = reinterpret_cast<float*>(dynamic_shared + (behind ? front_bytes + Decoder::table_bytes : 0));
        float* const partial = row_scales + span_tiles * tile_rows;  // [pass_units][span_tiles * 16][tokens]

        Decoder decoder(m, p);
        int tile = group, unit = unit_in_pass;
        bool has = works && tile < tiles && unit < units;
#pragma unroll
        for (int part = 0; part < Decoder::parts; part++) decoder.load(has, part, first_tile + tile, unit);
        typename Decoder::Tables tables(m);
        u32 scale_bits = load_scale(m, first_tile, min(span_tiles, tiles));
        tables.store();
        wait_for_inputs();

        typename Decoder::template Columns<Tiles> x;
        int held = -1;
        for (int span = 0; span < tiles; span += span_tiles) {
            const int span_end = min(span + span_tiles, tiles);
            for (int pass = 0; pass < shares.passes; pass++) {
                const int pass_unit = pass * shares.pass_units + unit_in_pass;
                if (held != pass_unit) x.load(p, pass_unit, works && pass_unit < units);
                held = pass_unit;
                if (span == 0 && pass == 0) __syncthreads();

                // A warp's jobs are numbered pass by pass inside a span; the next one's codes load while this one's are multiplied.
                while (has && unit == pass_unit && tile < span_end) {
                    float* const to = partial + (unit_in_pass * span_tiles + tile - span) * tile_rows * p.tokens;
                    int next = tile + shares.groups, next_unit = unit;
                    if (next >= span_end) {
                        next_unit = unit + shares.pass_units;
                        next = (next_unit < units ? span : span_end) + group;
                        if (next_unit >= units) next_unit = unit_in_pass;
                    }

                    const bool more = next < tiles;
                    float y[Tiles][2] = {};
#pragma unroll
                    for (int part = 0; part < Decoder::parts; part++) {
                        decoder.template multiply<Tiles>(part, x, y);
                        decoder.load(more, part, first_tile + next, next_unit);
                    }

                    if (pass == 0) x.template store<false>(y, to, p.tokens);
                    else x.template store<true>(y, to, p.tokens);
                    tile = next;
                    unit = next_unit;
                    has = more;
                }
            }

            // What a thread adds its first sum to is on its way while it waits for the others.
            const float before = loads_output_early && p.add != 0 ? load_output(p, m, first_tile + span, span_end - span) : 0.0f;
            store_scale(row_scales, scale_bits, span_end - span);
            __syncthreads();
            add_units(p, m, shares, first_tile + span, span_end - span, row_scales, partial, before);
            scale_bits = load_scale(m, first_tile + span_end, min(span_tiles, tiles - span_end));
            if (span_end < tiles) __syncthreads();
        }
    }

private:
    static DEVICE u32 load_scale(const Matrix& m, int first_tile, int tiles) {
        return threadIdx.x < tiles * tile_rows ? Decoder::load_row_scale(m, first_tile * tile_rows + threadIdx.x) : 0;
    }

    static DEVICE void store_scale(float* row_scales, u32 bits, int tiles) {
        if (threadIdx.x < tiles * tile_rows) row_scales[threadIdx.x] = Decoder::row_scale(bits);
    }

    // The output of the i-th sum of a span, row by row and token by token; null past the last row.
    static DEVICE float* output_of(const Products& p, const Matrix& m, int first_tile, int i) {
        const int row = p.tokens == 1 ? i : i / p.tokens;
        const int token = i - row * p.tokens;
        const int n = first_tile * tile_rows + row;
        return n < m.rows ? m.output + static_cast<i64>(token) * m.output_stride + n : nullptr;
    }

    static DEVICE float load_output(const Products& p, const Matrix& m, int first_tile, int tiles) {
        if (threadIdx.x >= tiles * tile_rows * p.tokens) return 0.0f;
        const float* const y = output_of(p, m, first_tile, threadIdx.x);
        return y != nullptr ? *y : 0.0f;
    }

    static DEVICE void add_units(
        const Products& p, const Matrix& m, const Shares& shares, int first_tile, int tiles,
        const float* row_scales, const float* partial, float before) {
        const int stride = shares.span_tiles * tile_rows * p.tokens;
        for (int i = threadIdx.x; i < tiles * tile_rows * p.tokens; i += blockDim.x) {
            float sum = 0.0f;
#pragma unroll 8
            for (int unit = 0; unit < shares.pass_units; unit++) sum += partial[unit * stride + i];
            float* const y = output_of(p, m, first_tile, i);
            if (y == nullptr) continue;
            const int row = p.tokens == 1 ? i : i / p.tokens;
            *y = sum * row_scales[row] + (loads_output_early && i == threadIdx.x ? before : p.add != 0 ? *y : 0.0f);
        }
    }
};
