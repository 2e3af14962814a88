// Weights that have values of their own, in the order of a lane's rows: a unit of 16 rows times 256 inputs has a list for each pair of rows
// g and g + 8, ascending by input.

// An outlier: the value in bits 0 to 15, bit 23 for row g + 8 instead of g, the unit's input in bits 24 to 31.
struct OutlierEntry {
    u32 bits;

    DEVICE int step() const { return bits >> 29; }
    DEVICE int group() const { return bits >> 28; }
    DEVICE int column() const { return bits >> 24; }
    DEVICE bool is_of_lane() const { return (bits >> 27 & 3) == (lane_index() & 3); }
    DEVICE int element() const { return bits >> 24 & 7; }
    DEVICE bool is_high() const { return (bits & 0x800000u) != 0; }
    DEVICE half_bits value() const { return static_cast<half_bits>(bits); }
};

// Where the outliers of the lane's rows g and g + 8 in a unit are. A unit's record is the number of its first entry, 32 bits, and after how many
// entries each of the eight row pairs ends, 16 bits each.
struct OutlierRange {
    static constexpr int record_bytes = 20;

    u32 position;
    u32 end;

    DEVICE void seek(const u8* units, u32 unit) {
        const u8* record = units + piece_offset(unit, record_bytes);
        const int g = lane_index() / 4;
        const u32 first = load_streaming_word(record);
        position = first + (g == 0 ? 0 : load_streaming_half(record + 2 + 2 * g));
        end = first + load_streaming_half(record + 4 + 2 * g);
    }
};
