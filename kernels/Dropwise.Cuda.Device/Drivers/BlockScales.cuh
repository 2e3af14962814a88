// What the groups of somebody else's blocks share: scales that are quantized themselves, a byte a group, times the step of their block. Blocks have 256
// inputs, and groups 16 or 32 here: what groups of more share is there again for each 32.

constexpr int block_columns = 256;

// Loads a lane's words of one group of lanes.
template <int Words>
DEVICE void load_group_words(u32 (&words)[Words], const u8* from, bool wanted) {
    static_assert(Words <= 2 || Words % 4 == 0, "words are whole loads");
    if constexpr (Words == 1) {
        words[0] = load_wanted_word(from, wanted);
    } else if constexpr (Words == 2) {
        const uint2 value = load_wanted_words(from, wanted);
        words[0] = value.x;
        words[1] = value.y;
    } else {
#pragma unroll
        for (int i = 0; i < Words; i += 4) {
            const uint4 value = load_wanted(from + i * 4, wanted);
            words[i] = value.x;
            words[i + 1] = value.y;
            words[i + 2] = value.z;
            words[i + 3] = value.w;
        }
    }
}

// The numbers of a block, for rows g and g + 8: its step of scales, and of offsets where it has any.
template <typename Number, int Count>
struct BlockNumbers {
    static constexpr int pair_words = static_cast<int>(sizeof(Number)) / 2;
    static constexpr int words = pair_words * Count;
    static constexpr int unit_bytes = words * 32;
    u32 bits[words];

    // unit: the block, of all in the order [tile][block].
    DEVICE void load(const u8* stream, u32 unit, bool wanted) {
        load_group_words(bits, stream + piece_offset(unit, unit_bytes) + lane_index() / 4 * (words * 4), wanted);
    }

    DEVICE float value(int number, int half) const {
        if constexpr (sizeof(Number) == 4) return __uint_as_float(bits[number * 2 + half]);
        else return half_to_float(static_cast<half_bits>(bits[number] >> 16 * half));
    }
};

// The bytes of a part's groups, for rows g and g + 8, two groups a word.
template <int Steps, int GroupColumns>
struct GroupBytes {
    static constexpr int words = Steps * step_columns / GroupColumns / 2;
    static constexpr int unit_bytes = words * 32;
    u32 bytes[words];

    DEVICE void load(const u8* stream, u32 unit, bool wanted) {
        load_group_words(bytes, stream + piece_offset(unit, unit_bytes) + lane_index() / 4 * (words * 4), wanted);
    }

    // A byte as a float, 2^23 too large; its high half, or its low one, where two numbers share it.
    template <int Bits, int Shift>
    DEVICE float value(int group, int half) const {
        const u32 word = bytes[group / 2];
        return byte_to_float(Bits == 8 ? word : word >> Shift & 0x0f0f0f0fu, group % 2 * 2 + half);
    }
};

// Scales of a part: s = S · (s_q − Zero).
template <typename Number, int Steps, int GroupColumns, int Zero>
struct QuantizedScales {
    static constexpr bool has_offsets = false;
    static constexpr int group_columns = GroupColumns;
    GroupBytes<Steps, GroupColumns> scales;
    BlockNumbers<Number, 1> numbers;

    DEVICE void load(const Matrix& matrix, u32 part, u32 block, bool wanted) {
        scales.load(matrix.streams[1], part, wanted);
        numbers.load(matrix.streams[2], block, wanted);
    }

    DEVICE float scale(int group, int half) const { return numbers.value(0, half) * (scales.template value<8, 0>(group, half) - (float_2_23 + Zero)); }

    DEVICE float offset(int, int) const { return 0.0f; }
};

// The same with offsets, o = −O · o_q, as bytes of their own.
template <typename Number, int Steps, int GroupColumns, int Zero>
struct QuantizedOffsets {
    static constexpr bool has_offsets = true;
    static constexpr int group_columns = GroupColumns;
    GroupBytes<Steps, GroupColumns> scales;
    GroupBytes<Steps, GroupColumns> offsets;
    BlockNumbers<Number, 2> numbers;

    DEVICE void load(const Matrix& matrix, u32 part, u32 block, bool wanted) {
        scales.load(matrix.streams[1], part, wanted);
        numbers.load(matrix.streams[2], block, wanted);
        offsets.load(matrix.streams[3], part, wanted);
    }

    DEVICE float scale(int group, int half) const { return numbers.value(0, half) * (scales.template value<8, 0>(group, half) - (float_2_23 + Zero)); }

    DEVICE float offset(int group, int half) const { return numbers.value(1, half) * (float_2_23 - offsets.template value<8, 0>(group, half)); }
};

// The same where a scale and an offset are the halves of one byte.
template <typename Number, int Steps, int GroupColumns, int Zero>
struct QuantizedHalves {
    static constexpr bool has_offsets = true;
    static constexpr int group_columns = GroupColumns;
    GroupBytes<Steps, GroupColumns> pairs;
    BlockNumbers<Number, 2> numbers;

    DEVICE void load(const Matrix& matrix, u32 part, u32 block, bool wanted) {
        pairs.load(matrix.streams[1], part, wanted);
        numbers.load(matrix.streams[2], block, wanted);
    }

    DEVICE float scale(int group, int half) const { return numbers.value(0, half) * (pairs.template value<4, 0>(group, half) - (float_2_23 + Zero)); }

    DEVICE float offset(int group, int half) const { return numbers.value(1, half) * (float_2_23 - pairs.template value<4, 4>(group, half)); }
};
