// mma.m16n8k32 of signed bytes (sm_80): 16 rows of weights times 8 columns, 32 inputs, added to 32-bit sums.
//
// lane = 4 g + q. A: a0 and a2 are the first and last four of inputs 8q .. 8q + 7 of row g, a1 and a3 of row g + 8 (inputs may lie in any
// order that A and B share; this is the order of the device layout). B: b0 and b1 are the same inputs of column g.
// Sums: 0 and 1 are columns 2q and 2q + 1 of row g, 2 and 3 of row g + 8.
DEVICE void multiply_bytes(i32 (&sums)[4], u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1) {
    asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3]) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

// The same with unsigned bytes of weights: codes of 8 bits that carry no sign.
DEVICE void multiply_unsigned_bytes(i32 (&sums)[4], u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1) {
    asm("mma.sync.aligned.m16n8k32.row.col.s32.u8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3]) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}
