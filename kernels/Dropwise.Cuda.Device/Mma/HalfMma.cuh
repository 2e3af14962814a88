// mma.m16n8k16 of halves with float32 sums (sm_80): 16 rows times 8 columns, 16 inputs.
//
// lane = 4 g + q. A: a0 and a2 are inputs (2q, 2q + 1) and (2q + 8, 2q + 9) of row g, a1 and a3 of row g + 8. B: b0 and b1 are the same
// inputs of column g. A and B may share any other order of the inputs: with a lane's eight inputs 8q .. 8q + 7 of a step of 32, words 0
// and 1 are the first product's inputs and words 2 and 3 the second one's.
// Sums: 0 and 1 are columns 2q and 2q + 1 of row g, 2 and 3 of row g + 8.
DEVICE void multiply_halves(float (&sums)[4], u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3]) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}
