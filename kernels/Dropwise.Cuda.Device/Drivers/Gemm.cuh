// Y = W X for many tokens on the tensor cores of sm_80 and up. Weights are decoded in registers straight into A fragments: no decoded
// weight touches shared memory. A warp owns its rows alone and all tokens of the block, so each weight is decoded once a block;
// activations come through a ring of stages in shared memory, read by ldmatrix.
//
// Shared memory: [tables of the decoder][stages][tokens][64 halves], the slabs of x_half as they are.
template <typename Decoder, int Warps, int WarpTiles, int Tokens>
struct Gemm {
    static constexpr int threads = Warps * warp_lanes;
    static constexpr int rows = Warps * WarpTiles * tile_rows;
    static constexpr int stage_steps = 2;
    static constexpr int stage_columns = stage_steps * step_columns;
    static constexpr int stage_bytes = Tokens * stage_columns * 2;
    static constexpr int chunks = stage_bytes / 16;

    // Three stages: one is read, one is complete, one is under way.
    static constexpr int stages = 3;
    static constexpr int shared_bytes = Decoder::table_bytes + stages * stage_bytes;
    static constexpr int column_tiles = Tokens / 8;
    static constexpr KernelLaunch launch = {threads, rows, Tokens, shared_bytes, 0, 0};
    static_assert(Decoder::part_steps % stage_steps == 0, "a part of codes is whole stages of activations");

    // Copies one stage, as it lies in memory; tokens that do not exist are not stored and may be anything.
    static DEVICE void copy_stage(const Products& p, u32 ring, int first_token, int stage, int count) {
        if (stage < count) {
            const u32 target = ring + stage % stages * stage_bytes;
            const int tokens = round_up(p.tokens, 8);
            const half_bits* from = p.x_half + (static_cast<i64>(stage) * tokens + first_token) * stage_columns;
            const int present = (tokens - first_token) * 8;
#pragma unroll
            for (int i = 0; i < ceil_divide(chunks, threads); i++) {
                const int chunk = i * threads + threadIdx.x;
                if (chunks % threads == 0 || chunk < chunks) copy_async(target + chunk * 16, from + min(chunk, present - 1) * 8);
            }
        }

        // Also where nothing was copied: the number of groups in flight is what the waits count.
        commit_copies();
    }

    static DEVICE void store(const Products& p, const Matrix& matrix, int row, int token, float value) {
        if (row >= matrix.rows || token >= p.tokens) return;
        float* output = matrix.output + static_cast<u64>(token) * matrix.output_stride + row;
        *output = p.add != 0 ? *output + value : value;
    }

    // grid: a block a tile.
    static DEVICE void run(const Products& p) {
        launch_dependents();
        const ProductTile at = locate_tile(p, blockIdx.x, rows, Tokens);
        const Matrix& matrix = matrix_of(p, at.matrix);
        const int first_token = at.first_token;
        const int lane = lane_index();
        const u32 tables = shared_address(dynamic_shared);
        const u32 ring = tables + Decoder::table_bytes;

        // Rows past the end decode the last tile again: their loads stay inside the streams and their sums are never stored.
        const int first_tile = at.first_row / tile_rows + warp_index() * WarpTiles;
        const int last_tile = ceil_divide(matrix.rows, tile_rows) - 1;
        auto tile_of = [&](int tile) { return min(first_tile + tile, last_tile); };
        const Decoder decoder(matrix, p.columns, p.padded_columns, tables);
        const int parts = p.padded_columns / (Decoder::part_steps * step_columns);
        typename Decoder::Codes next[WarpTiles];
#pragma unroll
        for (int tile = 0; tile < WarpTiles; tile++) next[tile] = decoder.load(tile_of(tile), 0);
        Decoder::fill(matrix, tables, threadIdx.x, threads);
        wait_for_inputs();

        const int count = p.padded_columns / stage_columns;
        for (int stage = 0; stage < stages - 1; stage++) copy_stage(p, ring, first_token, stage, count);
        const u32 row_address = ring + lane % 8 * 128;
        float sums[WarpTiles][column_tiles][4] = {};
        int stage = 0;
        for (int part = 0; part < parts; part++) {
            typename Decoder::Codes codes[WarpTiles];
#pragma unroll
            for (int tile = 0; tile < WarpTiles; tile++) {
                codes[tile] = next[tile];
                if (part + 1 < parts) next[tile] = decoder.load(tile_of(tile), part + 1);
            }

#pragma unroll
            for (int step = 0; step < Decoder::part_steps; step++) {
                if (step % stage_steps == 0) {
                    // After the barrier the oldest stage is complete, and the one before it is read by nobody and can be refilled.
                    wait_for_copies<stages - 2>();
                    __syncthreads();
                    copy_stage(p, ring, first_token, stage + stages - 1, count);
                }

                HalfFragment low[WarpTiles], high[WarpTiles];
#pragma unroll
                for (int tile = 0; tile < WarpTiles; tile++) decoder.decode(codes[tile], step, low[tile], high[tile]);
                const u32 chunk = ((step % stage_steps * 4 + lane / 8) ^ (lane % 8)) * 16;
                const u32 from = row_address + stage % stages * stage_bytes + chunk;
#pragma unroll
                for (int column = 0; column < column_tiles; column++) {
                    const uint4 x = load_matrices(from + column * 8 * 128);
#pragma unroll
                    for (int tile = 0; tile < WarpTiles; tile++) {
                        const u32 (&a)[4] = low[tile].words;
                        const u32 (&b)[4] = high[tile].words;
                        multiply_halves(sums[tile][column], a[0], b[0], a[1], b[1], x.x, x.y);
                        multiply_halves(sums[tile][column], a[2], b[2], a[3], b[3], x.z, x.w);
                    }
                }

                if (step % stage_steps == stage_steps - 1) stage++;
            }
        }

        const int row0 = (first_tile * tile_rows) + lane / 4;
#pragma unroll
        for (int column = 0; column < column_tiles; column++) {
            const int token = first_token + column * 8 + lane % 4 * 2;
            const float scale0 = token < p.tokens ? p.x_half_scales[token] : 0.0f;
            const float scale1 = token + 1 < p.tokens ? p.x_half_scales[token + 1] : 0.0f;
#pragma unroll
            for (int tile = 0; tile < WarpTiles; tile++) {
                const int row = row0 + tile * tile_rows;
                const float low = row < matrix.rows ? Decoder::row_scale(matrix, row) : 0.0f;
                const float high = row + 8 < matrix.rows ? Decoder::row_scale(matrix, row + 8) : 0.0f;
                store(p, matrix, row, token, sums[tile][column][0] * low * scale0);
                store(p, matrix, row, token + 1, sums[tile][column][1] * low * scale1);
                store(p, matrix, row + 8, token, sums[tile][column][2] * high * scale0);
                store(p, matrix, row + 8, token + 1, sums[tile][column][3] * high * scale1);
            }
        }
    }
};
