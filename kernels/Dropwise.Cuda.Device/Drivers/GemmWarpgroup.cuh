// Y = W X for many tokens by wgmma (sm_90a). One warpgroup copies activations into a ring of stages; two others each decode 64 rows of
// weights into registers and multiply them with all tokens of the tile, so that while one decodes, the other keeps the tensor cores busy, and
// each also decodes its next step while its last one is multiplied. Blocks are persistent: tables are filled once, and
// the ring runs on into the next tile while sums are stored.
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

template <typename Decoder, int Tokens>
struct GemmWarpgroup {
    static constexpr int group_threads = 4 * warp_lanes;
    static constexpr int consumers = 2;
    static constexpr int threads = (consumers + 1) * group_threads;
    static constexpr int rows = consumers * 4 * tile_rows;
    static constexpr int stage_steps = 2;
    static constexpr int stage_columns = stage_steps * step_columns;
    static constexpr int stage_bytes = Tokens * stage_columns * 2;
    static constexpr int stages = 3;

    // Two barriers a stage, after the stages.
    static constexpr int shared_bytes = round_up(Decoder::table_bytes, 1024) + stages * (stage_bytes + 16);

    static constexpr KernelLaunch launch = {threads, rows, Tokens, shared_bytes, 0, 1};

    // Registers of a thread: the pool of 64 K is 40 for each of 128 copying threads and 232 for each of the 256 that multiply.
    static constexpr int producer_registers = 40;
    static constexpr int consumer_registers = 232;
    static_assert(Decoder::part_steps % stage_steps == 0, "a part of codes is whole stages of activations");

    // Addresses of a stage and of its two barriers.
    struct Ring {
        u32 base;
        DEVICE u32 tile(int slot) const { return base + slot * stage_bytes; }
        DEVICE u32 full(int slot) const { return base + stages * stage_bytes + slot * 16; }
        DEVICE u32 empty(int slot) const { return full(slot) + 8; }
    };

    static DEVICE void produce(const Products& p, const Ring& ring) {
        const int tiles = count_tiles(p, rows, Tokens);
        const int thread = threadIdx.x - consumers * group_threads;
        const int count = p.padded_columns / stage_columns;
        int filled = 0;
        for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
            const int first_token = locate_tile(p, tile, rows, Tokens).first_token;
            for (int stage = 0; stage < count; stage++, filled++) {
                const int slot = filled % stages;
                if (filled >= stages) wait_for_phase(ring.empty(slot), filled / stages - 1 & 1);
                const u32 target = ring.tile(slot);
#pragma unroll 4
                for (int chunk = thread; chunk < Tokens * 8; chunk += group_threads) {
                    const int token = chunk / 8;
                    const bool present = first_token + token < p.tokens;
                    const half_bits* from = p.x_half + static_cast<u64>(present ? first_token + token : 0) * p.padded_columns
                        + stage * stage_columns + chunk % 8 * 8;
                    copy_async(target + token * 128 + ((chunk ^ token) & 7) * 16, from, present);
                }

                // A stage is handed over when the copies of the one after it are under way.
                commit_copies();
                wait_for_copies<1>();
                publish_shared();
                if (filled > 0) arrive(ring.full((filled - 1) % stages));
            }
        }

        wait_for_copies<0>();
        publish_shared();
        if (filled > 0) arrive(ring.full((filled - 1) % stages));
    }

    static DEVICE void consume(const Products& p, const Ring& ring, u32 tables) {
        const int tiles = count_tiles(p, rows, Tokens);
        const int warp = warp_index();
        const int lane = lane_index();
        const int parts = p.padded_columns / (Decoder::part_steps * step_columns);
        int read = 0;
        int filled = -1;
        for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
            const ProductTile at = locate_tile(p, tile, rows, Tokens);
            const Matrix& matrix = p.matrices[at.matrix];
            if (at.matrix != filled && Decoder::table_bytes != 0) {
                // Nobody may still read the last matrix's tables.
                synchronize_group<1, consumers * group_threads>();
                Decoder::fill(matrix, tables, threadIdx.x, consumers * group_threads);
                synchronize_group<1, consumers * group_threads>();
                filled = at.matrix;
            }

            const int first_row = at.first_row + warp * tile_rows;
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
                    const int slot = read % stages;
                    HalfFragment& a = low[step % 2];
                    HalfFragment& b = high[step % 2];
                    decoder.decode(codes, step, a, b);
                    if (step % stage_steps == 0) wait_for_phase(ring.full(slot), read / stages & 1);
                    const u64 x = tile_descriptor(ring.tile(slot)) + step % stage_steps * 4;
                    fence_products();
                    multiply_tile(sums, a.words[0], b.words[0], a.words[1], b.words[1], x);
                    multiply_tile(sums, a.words[2], b.words[2], a.words[3], b.words[3], x + 2);
                    commit_products();

                    // The registers of the step before are free now, and so is its stage if it ended one.
                    wait_for_products<1>();
                    if (step % stage_steps == 0 && read > 0 && lane == 0) arrive(ring.empty((read - 1) % stages));
                    if (step % stage_steps == stage_steps - 1) read++;
                }
            }

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
            float* output = matrix.output + static_cast<u64>(token) * matrix.output_stride + row;
            const float first = sums[i / 2 * 4 + i % 2] * low * scale;
            const float second = sums[i / 2 * 4 + i % 2 + 2] * high * scale;
            if (row < matrix.rows) output[0] = p.add != 0 ? output[0] + first : first;
            if (row + 8 < matrix.rows) output[8] = p.add != 0 ? output[8] + second : second;
        }
    }

    // grid: x = one block a multiprocessor, or fewer where there are fewer tiles.
    static DEVICE void run(const Products& p) {
        launch_dependents();
        const u32 tables = shared_address(dynamic_shared);
        const Ring ring{tables + round_up(Decoder::table_bytes, 1024)};
        if (threadIdx.x == 0) {
            for (int slot = 0; slot < stages; slot++) {
                initialize_barrier(ring.full(slot), group_threads);
                initialize_barrier(ring.empty(slot), consumers * 4);
            }
        }

        __syncthreads();
        if (threadIdx.x >= consumers * group_threads) {
            give_registers<producer_registers>();
            wait_for_inputs();
            produce(p, ring);
        } else {
            take_registers<consumer_registers>();
            consume(p, ring, tables);
        }
    }
};

#endif
