// wgmma (sm_90a): four warps multiply 64 rows of halves in their registers with activations in shared memory, asynchronously. Warp i of the
// group holds rows 16i .. 16i + 15 as the A registers of m16n8k16, so decoded weights go in as they are; sums lie as there too: 4c + 0 and
// 4c + 1 are columns 8c + 2q and 8c + 2q + 1 of row g, 4c + 2 and 4c + 3 of row g + 8.
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

// Names a tile [columns][64 halves] of shared memory, at a multiple of 1024, with the 128-byte swizzle: 16-byte chunk c of row r lies at
// chunk c XOR (r mod 8). Adding 2 moves it by 16 inputs. Bits: address / 16, from 32 the bytes of eight rows / 16, from 62 the swizzle.
DEVICE u64 tile_descriptor(u32 address) {
    return static_cast<u64>((address & 0x3ffff) >> 4) | (static_cast<u64>(1) << 16) | (static_cast<u64>(1024 >> 4) << 32) | (static_cast<u64>(1) << 62);
}

// Orders this thread's writes of registers before the products that read them.
DEVICE void fence_products() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }

// Closes a group of products; groups complete in order.
DEVICE void commit_products() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }

// Waits until at most `Pending` of the newest groups are under way. Registers of a product must not change before.
template <int Pending>
DEVICE void wait_for_products() { asm volatile("wgmma.wait_group.sync.aligned %0;" :: "n"(Pending) : "memory"); }

// Moves registers from warpgroups that need few to those that hold sums. A multiple of 8, of each thread, for the rest of its life.
template <int Registers>
DEVICE void give_registers() { asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" :: "n"(Registers)); }

template <int Registers>
DEVICE void take_registers() { asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" :: "n"(Registers)); }

// The operands of eight sums from the i-th on: an asm statement cannot loop over registers.
#define SUMS_8(i) "+f"(sums[i]), "+f"(sums[i + 1]), "+f"(sums[i + 2]), "+f"(sums[i + 3]), "+f"(sums[i + 4]), "+f"(sums[i + 5]), "+f"(sums[i + 6]), "+f"(sums[i + 7])
#define SUMS_32(i) SUMS_8(i), SUMS_8(i + 8), SUMS_8(i + 16), SUMS_8(i + 24)

// 64 rows times 64 columns, 16 inputs.
DEVICE void multiply_tile(float (&sums)[32], u32 a0, u32 a1, u32 a2, u32 a3, u64 tile) {
    asm volatile("wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 "
        "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, "
        "{%32, %33, %34, %35}, %36, 1, 1, 1, 0;"
        : SUMS_32(0)
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "l"(tile));
}

// 64 rows times 128 columns, 16 inputs.
DEVICE void multiply_tile(float (&sums)[64], u32 a0, u32 a1, u32 a2, u32 a3, u64 tile) {
    asm volatile("wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 "
        "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
        "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
        "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}, "
        "{%64, %65, %66, %67}, %68, 1, 1, 1, 0;"
        : SUMS_32(0), SUMS_32(32)
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "l"(tile));
}

// 64 rows times 256 columns, 16 inputs.
DEVICE void multiply_tile(float (&sums)[128], u32 a0, u32 a1, u32 a2, u32 a3, u64 tile) {
    asm volatile("wgmma.mma_async.sync.aligned.m64n256k16.f32.f16.f16 "
        "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
        "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
        "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, "
        "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "
        "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, "
        "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, "
        "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}, "
        "{%128, %129, %130, %131}, %132, 1, 1, 1, 0;"
        : SUMS_32(0), SUMS_32(32), SUMS_32(64), SUMS_32(96)
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "l"(tile));
}

#undef SUMS_8
#undef SUMS_32

// The same two halves in a register that nothing else is kept in. A product reads its registers until it was waited for, and ptxas does not know
// of that: where loaded words are operands as they are, the next load may be moved into them while the product still runs. A plain move would be
// folded away; x * 1 + -0 is x for every half, signed zeros and subnormal ones too, and stays.
DEVICE u32 own_register(u32 pair) { return fuse_halves(pair, 0x3c003c00u, 0x80008000u); }

#else

// Products that are done once they are issued need no such thing.
DEVICE u32 own_register(u32 pair) { return pair; }

#endif
