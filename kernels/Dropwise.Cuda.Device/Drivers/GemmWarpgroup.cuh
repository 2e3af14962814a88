// Y = W X for many tokens by wgmma (sm_90a). Warpgroups each decode 64 rows of weights into registers and multiply them with all tokens of the tile:
// while one decodes, another keeps the tensor cores busy, and each decodes its next step while its last one is multiplied. One thread
// of a further group lets the copy engine fill a ring of stages with activations. Blocks are persistent: tables are filled once, and the ring
// runs on into the next tile while sums are stored. (Clusters that bring each other activations were measured too: what they save of L2's
// bandwidth, their barriers cost.)
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

template <typename Decoder, int Groups, int Tokens>
struct GemmWarpgroup {
    static constexpr int group_warps = 4;
    static constexpr int decoding_warps = Groups * group_warps;
    static constexpr int decoding_threads = decoding_warps * warp_lanes;

    // Registers are handed from warpgroup to warpgroup, so the one thread that copies has a whole group to itself.
    static constexpr int threads = decoding_threads + group_warps * warp_lanes;
    static constexpr int rows = decoding_warps * tile_rows;
    static constexpr int stage_steps = 2;
    static constexpr int stage_columns = stage_steps * step_columns;
    static constexpr int stage_bytes = Tokens * stage_columns * 2;

    // As many stages as fit beside the tables, up to what hides the latency of L2; two barriers a stage follow them.
    static constexpr int tables_end = round_up(Decoder::table_bytes, 1024);
    static constexpr int room = (SHARED_BYTES - tables_end) / (stage_bytes + 16);
    static constexpr int stages = room < 4 ? room : 4;
    static constexpr int shared_bytes = tables_end + stages * (stage_bytes + 16);
    static constexpr KernelLaunch launch = {threads, rows, Tokens, shared_bytes, 0, Groups > 1 ? 1 : 2};
    static_assert(stages >= 2, "tables leave room for two stages");
    static_assert(Decoder::part_steps % stage_steps == 0, "a part of codes is whole stages of activations");

    // Addresses of a stage and of its two barriers, and the next slot with the parity of its phase.
    struct Ring {
        u32 base;
        int slot;
        u32 parity;

        DEVICE u32 tile() const { return base + slot * stage_bytes; }
        DEVICE u32 full(int of) const { return base + stages * stage_bytes + of * 16; }
        DEVICE u32 empty(int of) const { return full(of) + 8; }
        DEVICE void advance() {
            slot++;
            if (slot == stages) {
                slot = 0;
                parity ^= 1;
            }
        }
    };

    // One thread.
    static DEVICE void copy(const Products& p, Ring ring) {
        const int tiles = count_tiles(p, rows, Tokens);
        const int tokens = round_up(p.tokens, 8);
        const int stage_count = p.padded_columns / stage_columns;
        for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
            const int first_token = locate_tile(p, tile, rows, Tokens).first_token;
            const int bytes = min(tokens - first_token, Tokens) * stage_columns * 2;
            const half_bits* from = p.x_half + static_cast<i64>(first_token) * stage_columns;
            for (int stage = 0; stage < stage_count; stage++, ring.advance()) {
                // The first time round the slots are empty: the phase before the first one counts as ended.
                wait_for_phase(ring.empty(ring.slot), ring.parity ^ 1);
                arrive_expecting(ring.full(ring.slot), bytes);
                copy_bulk(ring.tile(), from + static_cast<i64>(stage) * tokens * stage_columns, bytes, ring.full(ring.slot));
            }
        }
    }

    // The warps that decode; all of them take the same tiles.
    static DEVICE void multiply(const Products& p, Ring ring, u32 tables) {
        const int tiles = count_tiles(p, rows, Tokens);
        const int lane = lane_index();
        const int parts = p.padded_columns / (Decoder::part_steps * step_columns);
        int filled = -1;
        int last_slot = -1;
        for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
            const ProductTile at = locate_tile(p, tile, rows, Tokens);
            const Matrix& matrix = matrix_of(p, at.matrix);
            if (at.matrix != filled && Decoder::table_bytes != 0) {
                // Nobody may still read the last matrix's tables.
                synchronize_group<1, decoding_threads>();
                Decoder::fill(matrix, tables, threadIdx.x, decoding_threads);
                synchronize_group<1, decoding_threads>();
                filled = at.matrix;
            }

            // Rows past the end decode the last ones again: loads stay inside the streams and nothing of them is stored.
            const int first_row = at.first_row + warp_index() * tile_rows;
            const int row_tile = min(first_row, matrix.rows - 1) / tile_rows;
            const Decoder decoder(matrix, p.columns, p.padded_columns, tables);
            float sums[Tokens / 2];
#pragma unroll
            for (int i = 0; i < Tokens / 2; i++) sums[i] = 0.0f;
            typename Decoder::Codes next = decoder.load(row_tile, 0);
            for (int part = 0; part < parts; part++) {
                const typename Decoder::Codes codes = next;
                if (part + 1 < parts) next = decoder.load(row_tile, part + 1);
                HalfFragment low[2], high[2];
#pragma unroll
                for (int step = 0; step < Decoder::part_steps; step++) {
                    HalfFragment& a = low[step % 2];
                    HalfFragment& b = high[step % 2];
                    decoder.decode(codes, step, a, b);
                    if (step % stage_steps == 0) wait_for_phase(ring.full(ring.slot), ring.parity);
                    const u64 x = tile_descriptor(ring.tile()) + step % stage_steps * 4;
                    fence_products();
                    multiply_tile(sums, a.words[0], b.words[0], a.words[1], b.words[1], x);
                    multiply_tile(sums, a.words[2], b.words[2], a.words[3], b.words[3], x + 2);
                    commit_products();

                    // The registers of the step before are free now, and so is its stage if it ended one.
                    wait_for_products<1>();
                    if (step % stage_steps == 0 && last_slot >= 0 && lane == 0) arrive(ring.empty(last_slot));
                    if (step % stage_steps == stage_steps - 1) {
                        last_slot = ring.slot;
                        ring.advance();
                    }
                }
            }

            // The outputs may still be read by an earlier kernel of the stream.
            wait_for_products<0>();
            wait_for_inputs();
            store(p, matrix, first_row + lane / 4, at.first_token + lane % 4 * 2, sums);
        }
    }

    static DEVICE void store(const Products& p, const Matrix& matrix, int row, int first_token, const float (&sums)[Tokens / 2]) {
        const float low = row < matrix.rows ? Decoder::row_scale(matrix, row) : 0.0f;
        const float high = row + 8 < matrix.rows ? Decoder::row_scale(matrix, row + 8) : 0.0f;
#pragma unroll
        for (int i = 0; i < Tokens / 4; i++) {
            const int token = first_token + i / 2 * 8 + i % 2;
            if (token >= p.tokens) continue;
            const float scale = p.x_half_scales[token];
            float* output = matrix.output + static_cast<i64>(token) * matrix.output_stride + row;
            const float first = sums[i / 2 * 4 + i % 2] * low * scale;
            const float second = sums[i / 2 * 4 + i % 2 + 2] * high * scale;
            if (row < matrix.rows) output[0] = p.add != 0 ? output[0] + first : first;
            if (row + 8 < matrix.rows) output[8] = p.add != 0 ? output[8] + second : second;
        }
    }

    // grid: as many blocks as the device holds at once, or fewer.
    static DEVICE void run(const Products& p) {
        launch_dependents();
        const u32 tables = shared_address(dynamic_shared);
        const Ring ring{tables + tables_end, 0, 0};
        if (threadIdx.x == 0) {
            for (int slot = 0; slot < stages; slot++) {
                initialize_barrier(ring.full(slot), 1);
                initialize_barrier(ring.empty(slot), decoding_warps);
            }

            publish_shared();
        }

        __syncthreads();
        if (threadIdx.x < decoding_threads) {
            if (Groups > 1) take_registers<232>();
            multiply(p, ring, tables);
        } else {
            // Of 64 K registers, 168 a thread at first, two groups of 232 leave this.
            if (Groups > 1) give_registers<40>();
            if (threadIdx.x == decoding_threads) {
                wait_for_inputs();
                copy(p, ring);
            }
        }
    }
};

#endif
