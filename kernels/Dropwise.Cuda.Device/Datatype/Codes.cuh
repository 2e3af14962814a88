// Codes of weights, a byte each, four in a word: their loads, and their exact conversions to halves and floats.

// Fills a lane's words of a job by 16-byte loads: chunk i of the 32 lanes lies 512 bytes after chunk i - 1. What is not wanted is zero.
template <int Words>
DEVICE void load_chunks(u32 (&words)[Words], const u8* lane_address, bool wanted = true) {
    static_assert(Words % 4 == 0, "a chunk is four words a lane");
#pragma unroll
    for (int i = 0; i < Words / 4; i++) {
        const uint4 chunk = load_wanted(lane_address + i * warp_lanes * 16, wanted);
        words[4 * i] = chunk.x;
        words[4 * i + 1] = chunk.y;
        words[4 * i + 2] = chunk.z;
        words[4 * i + 3] = chunk.w;
    }
}

// Fills words of a lane from the First-th on, of a job that lies [chunks][32 lanes][ChunkWords words], by the widest loads that both allow.
template <int ChunkWords, int Words>
DEVICE void load_lane_words(u32 (&words)[Words], const u8* job, int first, bool wanted = true) {
    constexpr int load_words = Words < ChunkWords ? Words : ChunkWords;
    const u8* lane = job + (first / ChunkWords * warp_lanes + lane_index()) * (ChunkWords * 4) + first % ChunkWords * 4;
#pragma unroll
    for (int i = 0; i < Words; i += load_words) {
        const u8* from = lane + i * warp_lanes * 4;
        if constexpr (load_words == 4) {
            const uint4 value = load_wanted(from, wanted);
            words[i] = value.x;
            words[i + 1] = value.y;
            words[i + 2] = value.z;
            words[i + 3] = value.w;
        } else if constexpr (load_words == 2) {
            const uint2 value = load_wanted_words(from, wanted);
            words[i] = value.x;
            words[i + 1] = value.y;
        } else {
            words[i] = load_wanted_word(from, wanted);
        }
    }
}

// 1024 as a half. Its last bit weighs one, so that a byte in place of its low byte is added exactly and without a conversion.
constexpr u32 half_1024 = 0x6400;

// Bytes 2 Pair and 2 Pair + 1 as halves, each 1024 too large.
template <int Pair>
DEVICE u32 bytes_to_halves(u32 bytes) { return pick_bytes(bytes, 0x64646464u, Pair == 0 ? 0x4140 : 0x4342); }

// 2^23 as a float, whose last bit weighs one.
constexpr float float_2_23 = 8388608.0f;

// A byte as a float, 2^23 too large.
DEVICE float byte_to_float(u32 bytes, int index) { return __uint_as_float(pick_bytes(bytes, 0x4b000000u, 0x7440u | index)); }

// 2^(exponent - 127), of which the smallest is subnormal.
DEVICE float exponent_to_float(u32 exponent) { return __uint_as_float(exponent == 0 ? 0x00400000u : exponent << 23); }

// The place of a row among values that lie [tile][8 g][rows g and g + 8].
DEVICE int interleaved_row(int row) { return (row & ~15) | ((row & 7) << 1) | ((row >> 3) & 1); }

// Byte by byte a - b, where a and b are below 128: the top bits keep borrows inside the bytes.
DEVICE u32 subtract_bytes(u32 a, u32 b) { return (a | 0x80808080u) - b ^ 0x80808080u; }

// The low nibbles of four bytes as the low half of a selector.
DEVICE u32 pack_nibbles(u32 bytes) { return pick_bytes(bytes | bytes >> 4, 0, 0x4420); }

// Four bytes out of a table of eight or fewer, by codes that pack_nibbles packed.
DEVICE u32 look_up_bytes(u32 nibbles, u32 entries_0, u32 entries_4) { return pick_bytes(entries_0, entries_4, nibbles); }

// The same out of sixteen: a selector has three bits for an entry, so that the fourth chooses between two look-ups.
DEVICE u32 look_up_bytes(u32 nibbles, u32 entries_0, u32 entries_4, u32 entries_8, u32 entries_12) {
    const u32 entry = nibbles & 0x7777;
    return pick_bytes(pick_bytes(entries_0, entries_4, entry), pick_bytes(entries_8, entries_12, entry), 0x3210 | (nibbles & 0x8888) >> 1);
}
