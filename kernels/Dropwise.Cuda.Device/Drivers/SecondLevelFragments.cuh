// The decoder of codes with a second level for products with halves and for dequantization (Fragments.cuh): a part is a unit. Outliers replace
// values of the fragments, so that a product knows nothing of them.

DEVICE void replace_element(HalfFragment& weights, int element, half_bits value, bool wanted) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
        if (wanted && element / 2 == i) weights.words[i] = pick_bytes(weights.words[i], value, element % 2 == 0 ? 0x3254 : 0x5410);
    }
}

DEVICE void replace_element(FloatFragment& weights, int element, half_bits value, bool wanted) {
#pragma unroll
    for (int i = 0; i < 8; i++) {
        if (wanted && element == i) weights.values[i] = half_to_float(value);
    }
}

// Goes through a row pair's outliers as the steps of a unit are decoded: they ascend by input.
struct OutlierCursor : OutlierRange {
    template <typename Fragment>
    DEVICE void replace(const u32* entries, int step, Fragment& low, Fragment& high) {
        while (position < end) {
            const OutlierEntry entry = {__ldg(entries + position)};
            if (entry.step() != step) break;
            const bool mine = entry.is_of_lane();
            replace_element(low, entry.element(), entry.value(), mine && !entry.is_high());
            replace_element(high, entry.element(), entry.value(), mine && entry.is_high());
            position++;
        }

        // The next step shuffles.
        __syncwarp();
    }
};

template <typename Format, typename Value>
struct SecondLevelDecoder {
    typedef Value Fragment;
    static constexpr int part_steps = second_level_steps;
    static constexpr int table_bytes = 0;
    static constexpr int code_bytes = Format::chunks * warp_lanes * 16;
    static constexpr int word_bytes = Format::statistic_bits * 64;
    static constexpr int statistic_bytes = second_level_groups * 8;

    // What lane 4g + q holds of a unit: its codes of rows g and g + 8, their quantized scales and zeros in its groups, and the statistics of
    // group `lane`.
    struct Codes {
        u32 words[4 * Format::chunks];
        GroupFields<Format::statistic_bits> fields;
        uint2 statistics;
        mutable OutlierCursor outliers;  // moves on with the steps, which drivers decode in order
    };

    const u8* codes;
    const u8* scales;
    const u8* statistics;
    const u8* outlier_units;
    const u32* outliers;
    int units;

    static DEVICE void fill(const Matrix&, u32, int, int) {}

    DEVICE SecondLevelDecoder(const Matrix& matrix, int, int padded_columns, u32)
        : codes(matrix.streams[0] + lane_index() * 16),
          scales(matrix.streams[1] + (lane_index() / 4 * 2 + lane_index() % 4 / 2) * 4),
          statistics(matrix.streams[2] + lane_index() % second_level_groups * 8),
          outlier_units(matrix.streams[3]),
          outliers(reinterpret_cast<const u32*>(matrix.streams[4])),
          units(padded_columns / second_level_columns) {}

    DEVICE Codes load(int tile, int part) const {
        Codes loaded;
        const u32 unit = tile * units + part;
        load_chunks(loaded.words, codes + piece_offset(unit, code_bytes));
        loaded.fields.load(scales + piece_offset(unit, word_bytes));
        loaded.statistics = load_wanted_words(statistics + piece_offset(unit, statistic_bytes), true);
        if constexpr (Format::has_outliers) loaded.outliers.seek(outlier_units, unit);
        return loaded;
    }

    DEVICE void decode(const Codes& part, int step, Value& low, Value& high) const {
        u32 registers[4];
        Format::unpack(part.words, step, registers);
        const GroupStatistics group = GroupStatistics::of_group(part.statistics, step * 2 + lane_index() % 4 / 2);
        weigh_codes(registers[0], registers[2], group.decode(part.fields, step, 0), Format::shift(step), low);
        weigh_codes(registers[1], registers[3], group.decode(part.fields, step, 1), Format::shift(step), high);
        if constexpr (Format::has_outliers) part.outliers.replace(outliers, step, low, high);
    }

    static DEVICE float row_scale(const Matrix&, int) { return 1.0f; }
};
