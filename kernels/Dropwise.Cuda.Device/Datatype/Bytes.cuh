// Integer work inside 32-bit words: what codes are cut out with.

// Picks four of the eight bytes of (low, high): nibble i of the selector names the source of byte i. One instruction.
DEVICE u32 pick_bytes(u32 low, u32 high, u32 selector) {
    u32 value;
    asm("prmt.b32 %0, %1, %2, %3;" : "=r"(value) : "r"(low), "r"(high), "r"(selector));
    return value;
}
