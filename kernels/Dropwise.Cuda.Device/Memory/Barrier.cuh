// mbarrier, with the wait of sm_90: a barrier in shared memory that some threads arrive at and others wait for, so that copying and multiplying warps each run
// at their own pace. A barrier has phases 0, 1, 0, …; a wait names the phase whose end it waits for.
#if __CUDA_ARCH__ >= 900

DEVICE void initialize_barrier(u32 barrier, int arrivals) {
    asm volatile("mbarrier.init.shared.b64 [%0], %1;" :: "r"(barrier), "r"(arrivals) : "memory");
}

// Waits until the phase of the given parity has ended. The hardware suspends the thread for a while before the loop asks again.
DEVICE void wait_for_phase(u32 barrier, u32 parity) {
    asm volatile(
        "{\n"
        ".reg .pred done;\n"
        "again_%=: mbarrier.try_wait.parity.shared.b64 done, [%0], %1;\n"
        "@!done bra again_%=;\n"
        "}" :: "r"(barrier), "r"(parity) : "memory");
}

#endif

// A barrier of `Threads` threads, whole warps, that leaves the rest of the block alone. Number 0 is __syncthreads.
template <int Number, int Threads>
DEVICE void synchronize_group() { asm volatile("bar.sync %0, %1;" :: "n"(Number), "n"(Threads) : "memory"); }
