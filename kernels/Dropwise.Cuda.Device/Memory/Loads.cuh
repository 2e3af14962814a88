// Loads and stores of whole 16-byte words: the widest access of a lane, and four sectors for eight lanes.

// A weight is read once a token, so it must not push activations and tables out of L1; asking L2 for 256 bytes makes DRAM bursts long.
DEVICE uint4 load_streaming(const void* address) {
    uint4 value;
    asm volatile("ld.global.nc.L1::no_allocate.L2::256B.v4.u32 {%0, %1, %2, %3}, [%4];"
        : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w) : "l"(address));
    return value;
}

// The same for four bytes: scales lie beside the codes and are read as rarely.
DEVICE u32 load_streaming_word(const void* address) {
    u32 value;
    asm volatile("ld.global.nc.L1::no_allocate.u32 %0, [%1];" : "=r"(value) : "l"(address));
    return value;
}

// The same for two bytes.
DEVICE u16 load_streaming_half(const void* address) {
    u16 value;
    asm volatile("ld.global.nc.L1::no_allocate.u16 %0, [%1];" : "=h"(value) : "l"(address));
    return value;
}

// The same loads where they are wanted; otherwise what they return means nothing. A predicate in place of a branch keeps a lane's loads together and
// far ahead of their use, and zeros would cost an instruction a register. Early clobber: the address must outlive a first register.
DEVICE uint4 load_wanted(const void* address, bool wanted) {
    uint4 value;
    asm volatile("{ .reg .pred w; setp.ne.u32 w, %5, 0;\n@w ld.global.nc.L1::no_allocate.L2::128B.v4.u32 {%0, %1, %2, %3}, [%4]; }"
        : "=&r"(value.x), "=&r"(value.y), "=&r"(value.z), "=&r"(value.w) : "l"(address), "r"(static_cast<u32>(wanted)));
    return value;
}

DEVICE uint2 load_wanted_words(const void* address, bool wanted) {
    uint2 value;
    asm volatile("{ .reg .pred w; setp.ne.u32 w, %3, 0;\n@w ld.global.nc.L1::no_allocate.v2.u32 {%0, %1}, [%2]; }"
        : "=&r"(value.x), "=&r"(value.y) : "l"(address), "r"(static_cast<u32>(wanted)));
    return value;
}

DEVICE u32 load_wanted_word(const void* address, bool wanted) {
    u32 value;
    asm volatile("{ .reg .pred w; setp.ne.u32 w, %2, 0;\n@w ld.global.nc.L1::no_allocate.u32 %0, [%1]; }"
        : "=&r"(value) : "l"(address), "r"(static_cast<u32>(wanted)));
    return value;
}

DEVICE u16 load_wanted_half(const void* address, bool wanted) {
    u16 value;
    asm volatile("{ .reg .pred w; setp.ne.u32 w, %2, 0;\n@w ld.global.nc.L1::no_allocate.u16 %0, [%1]; }"
        : "=&h"(value) : "l"(address), "r"(static_cast<u32>(wanted)));
    return value;
}

// For what another kernel wrote, which the read-only path must not hold; zeros where not wanted.
DEVICE u32 load_wanted_input(const void* address, bool wanted) {
    u32 value;
    asm volatile("{ .reg .pred w; setp.ne.u32 w, %2, 0; mov.u32 %0, 0;\n@w ld.global.u32 %0, [%1]; }"
        : "=&r"(value) : "l"(address), "r"(static_cast<u32>(wanted)));
    return value;
}

DEVICE uint2 load_wanted_inputs(const void* address, bool wanted) {
    uint2 value;
    asm volatile("{ .reg .pred w; setp.ne.u32 w, %3, 0; mov.u32 %0, 0; mov.u32 %1, 0;\n@w ld.global.v2.u32 {%0, %1}, [%2]; }"
        : "=&r"(value.x), "=&r"(value.y) : "l"(address), "r"(static_cast<u32>(wanted)));
    return value;
}

DEVICE void store_vector(void* address, uint4 value) { *static_cast<uint4*>(address) = value; }

// An output that no later instruction of this kernel reads: evict-first keeps weights in L2.
DEVICE void store_streaming(void* address, uint4 value) {
    asm volatile("st.global.cs.v4.u32 [%0], {%1, %2, %3, %4};"
        :: "l"(address), "r"(value.x), "r"(value.y), "r"(value.z), "r"(value.w) : "memory");
}
