// mbarrier, with the wait of sm_90: a barrier in shared memory that some threads arrive at and others wait for, so that copying and multiplying
// warps each run at their own pace. A barrier has phases 0, 1, 0, …; a wait names the phase whose end it waits for.
#if __CUDA_ARCH__ >= 900

DEVICE void initialize_barrier(u32 barrier, int arrivals) {
    asm volatile("mbarrier.init.shared.b64 [%0], %1;" :: "r"(barrier), "r"(arrivals) : "memory");
}

DEVICE void arrive(u32 barrier) {
    asm volatile("{ .reg .b64 state; mbarrier.arrive.shared.b64 state, [%0]; }" :: "r"(barrier) : "memory");
}

// Arrives, and lets the phase also wait for bytes that copies will bring.
DEVICE void arrive_expecting(u32 barrier, u32 bytes) {
    asm volatile("{ .reg .b64 state; mbarrier.arrive.expect_tx.shared.b64 state, [%0], %1; }" :: "r"(barrier), "r"(bytes) : "memory");
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

// Makes this thread's ordinary writes to shared memory, barriers too, visible to the copy engine and to wgmma, which reach it by another path.
DEVICE void publish_shared() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// The copy engine brings bytes, a multiple of 16, and tells the barrier: one thread and no register moves a whole stage.
DEVICE void copy_bulk(u32 shared, const void* global, u32 bytes, u32 barrier) {
    asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];"
        :: "r"(shared), "l"(global), "r"(bytes), "r"(barrier) : "memory");
}

#endif

// A barrier of `Threads` threads, whole warps, that leaves the rest of the block alone. Number 0 is __syncthreads.
template <int Number, int Threads>
DEVICE void synchronize_group() { asm volatile("bar.sync %0, %1;" :: "n"(Number), "n"(Threads) : "memory"); }
