// Codes to values, row-major: what a general matrix product or an embedding reads. A warp decodes a part of a tile at a time; a lane's eight
// consecutive inputs leave as whole 16-byte words.

// Eight values of a row, multiplied by its scale and rounded once. `vectors`: K is a multiple of 8, so that all runs are whole and aligned;
// otherwise the first `count` are stored one by one.
DEVICE void store_row(half_bits* to, const HalfFragment& from, float scale, bool vectors, int count) {
    u32 words[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const float2 pair = halves_to_floats(from.words[i]);
        words[i] = floats_to_halves(pair.x * scale, pair.y * scale);
    }

    if (vectors) {
        store_streaming(to, make_uint4(words[0], words[1], words[2], words[3]));
    } else {
#pragma unroll
        for (int i = 0; i < 8; i++) {
            if (i < count) to[i] = static_cast<half_bits>(words[i / 2] >> (i % 2 * 16));
        }
    }
}

DEVICE void store_row(float* to, const FloatFragment& from, float scale, bool vectors, int count) {
    u32 words[8];
#pragma unroll
    for (int i = 0; i < 8; i++) words[i] = __float_as_uint(from.values[i] * scale);
    if (vectors) {
        store_streaming(to, make_uint4(words[0], words[1], words[2], words[3]));
        store_streaming(to + 4, make_uint4(words[4], words[5], words[6], words[7]));
    } else {
#pragma unroll
        for (int i = 0; i < 8; i++) {
            if (i < count) to[i] = __uint_as_float(words[i]);
        }
    }
}

template <typename Decoder>
struct Dequantize {
    static constexpr int threads = 256;
    static constexpr int shared_bytes = Decoder::table_bytes;

    // Several blocks of 256 threads share a multiprocessor; each fills its tables once.
    static constexpr KernelLaunch launch = {threads, tile_rows, 1, shared_bytes, 0, 8};

    // row_list: the rows to write, or null for rows 0 .. count - 1. out: [count][columns]. grid: any number of blocks.
    template <typename Value>
    static DEVICE void run(const Matrix& matrix, int columns, int padded_columns, const i32* row_list, int count, Value* out) {
        launch_dependents();
        const u32 tables = shared_address(dynamic_shared);
        Decoder::fill(matrix, tables, threadIdx.x, threads);
        wait_for_inputs();
        __syncthreads();
        const Decoder decoder(matrix, columns, padded_columns, tables);
        const int parts = padded_columns / (Decoder::part_steps * step_columns);
        const int units = row_list != nullptr ? count : ceil_divide(count, tile_rows);
        const bool vectors = columns % 8 == 0;
        const int group = lane_index() / 4;
        for (int unit = blockIdx.x * (threads / warp_lanes) + warp_index(); unit < units * parts; unit += gridDim.x * (threads / warp_lanes)) {
            const int part = unit % parts;
            const int listed = row_list != nullptr ? row_list[unit / parts] : 0;
            const int tile = row_list != nullptr ? listed / tile_rows : unit / parts;

            // Of a listed row's tile only that row is written, at its place in the list; otherwise a row's place is itself.
            const int row = tile * tile_rows + group;
            const bool has_low = row_list != nullptr ? row == listed : row < count;
            const bool has_high = row_list != nullptr ? row + 8 == listed : row + 8 < count;
            Value* low_out = out + static_cast<i64>(row_list != nullptr ? unit / parts : row) * columns;
            Value* high_out = out + static_cast<i64>(row_list != nullptr ? unit / parts : row + 8) * columns;
            const float low_scale = has_low ? Decoder::row_scale(matrix, row) : 0.0f;
            const float high_scale = has_high ? Decoder::row_scale(matrix, row + 8) : 0.0f;
            const typename Decoder::Codes codes = decoder.load(tile, part);
#pragma unroll
            for (int step = 0; step < Decoder::part_steps; step++) {
                typename Decoder::Fragment low, high;
                decoder.decode(codes, step, low, high);
                const int column = (part * Decoder::part_steps + step) * step_columns + lane_index() % 4 * 8;
                if (column >= columns) continue;
                if (has_low) store_row(low_out + column, low, low_scale, vectors, columns - column);
                if (has_high) store_row(high_out + column, high, high_scale, vectors, columns - column);
            }
        }
    }
};
