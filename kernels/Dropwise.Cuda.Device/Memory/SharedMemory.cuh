// Shared memory by 32-bit addresses: what ldmatrix, cp.async and tables that OR an offset into a base need.

// The whole dynamic shared memory of a block. 1024 bytes are the alignment of the widest swizzle of wgmma; smaller uses lose nothing.
extern __shared__ __align__(1024) u8 dynamic_shared[];

DEVICE u32 shared_address(const void* pointer) {
    u64 address;
    asm("cvta.to.shared.u64 %0, %1;" : "=l"(address) : "l"(pointer));
    return static_cast<u32>(address);
}

DEVICE u32 load_shared(u32 address) {
    u32 value;
    asm volatile("ld.shared.u32 %0, [%1];" : "=r"(value) : "r"(address));
    return value;
}

DEVICE uint2 load_shared2(u32 address) {
    uint2 value;
    asm volatile("ld.shared.v2.u32 {%0, %1}, [%2];" : "=r"(value.x), "=r"(value.y) : "r"(address));
    return value;
}

DEVICE uint4 load_shared4(u32 address) {
    uint4 value;
    asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
        : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w) : "r"(address));
    return value;
}

DEVICE void store_shared2(u32 address, uint2 value) {
    asm volatile("st.shared.v2.u32 [%0], {%1, %2};" :: "r"(address), "r"(value.x), "r"(value.y) : "memory");
}

DEVICE void store_shared4(u32 address, uint4 value) {
    asm volatile("st.shared.v4.u32 [%0], {%1, %2, %3, %4};"
        :: "r"(address), "r"(value.x), "r"(value.y), "r"(value.z), "r"(value.w) : "memory");
}
