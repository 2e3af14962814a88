// Integer work inside 32-bit words: what codes are cut out with.

// Picks four of the eight bytes of (low, high): nibble i of the selector names the source of byte i. One instruction.
DEVICE u32 pick_bytes(u32 low, u32 high, u32 selector) {
    u32 value;
    asm("prmt.b32 %0, %1, %2, %3;" : "=r"(value) : "r"(low), "r"(high), "r"(selector));
    return value;
}

// Any function of three words bit by bit: the table is f(0xf0, 0xcc, 0xaa). One instruction where and-or would be two.
template <int Table>
DEVICE u32 logic(u32 a, u32 b, u32 c) {
    u32 value;
    asm("lop3.b32 %0, %1, %2, %3, %4;" : "=r"(value) : "r"(a), "r"(b), "r"(c), "n"(Table));
    return value;
}

// (a & b) | c.
DEVICE u32 and_or(u32 a, u32 b, u32 c) { return logic<(0xf0 & 0xcc) | 0xaa>(a, b, c); }

// `Count` bits of a word from bit `First`.
template <int First, int Count>
DEVICE u32 bits(u32 word) {
    return First + Count == 32 ? word >> First : (word >> First) & ((1u << Count) - 1);
}

// Adds the four products of signed bytes to the sum (sm_61).
DEVICE i32 dot_bytes(u32 a, u32 b, i32 sum) {
    asm("dp4a.s32.s32 %0, %1, %2, %0;" : "+r"(sum) : "r"(a), "r"(b));
    return sum;
}
