// ldmatrix (sm_75): four 8x8 matrices of halves from shared memory into the fragments of mma, one row of 16 bytes a lane address.

// Lanes 8i .. 8i + 7 name the rows of matrix i; lane 4g + q receives elements 2q and 2q + 1 of row g of each.
DEVICE uint4 load_matrices(u32 address) {
    uint4 value;
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
        : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w) : "r"(address));
    return value;
}

// The same transposed: lane 4g + q receives elements g of rows 2q and 2q + 1, which is how values enter attention's second product.
DEVICE uint4 load_transposed_matrices(u32 address) {
    uint4 value;
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
        : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w) : "r"(address));
    return value;
}
