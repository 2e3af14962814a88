// Thread block clusters (sm_90): blocks of neighbouring multiprocessors that reach each other's shared memory, so that what both need is read
// from L2 once.
#if __CUDA_ARCH__ >= 900

// This block's number in its cluster.
DEVICE u32 cluster_rank() {
    u32 rank;
    asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
    return rank;
}

// All threads of all blocks of the cluster.
DEVICE void synchronize_cluster() {
    asm volatile("barrier.cluster.arrive.release.aligned;\nbarrier.cluster.wait.acquire.aligned;" ::: "memory");
}

// Makes fresh barriers visible to the other blocks and to the copy engine; a barrier of the cluster follows.
DEVICE void publish_barriers() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }

// Arrives at the same barrier of another block of the cluster, or of this one.
DEVICE void arrive_at(u32 barrier, u32 rank) {
    asm volatile(
        "{\n"
        ".reg .b32 remote;\n"
        "mapa.shared::cluster.u32 remote, %0, %1;\n"
        "mbarrier.arrive.release.cluster.shared::cluster.b64 _, [remote];\n"
        "}" :: "r"(barrier), "r"(rank) : "memory");
}

// Arrives, and lets the phase also wait for bytes that copies will bring.
DEVICE void arrive_expecting(u32 barrier, u32 bytes) {
    asm volatile("{ .reg .b64 state; mbarrier.arrive.expect_tx.shared.b64 state, [%0], %1; }" :: "r"(barrier), "r"(bytes) : "memory");
}

// The copy engine brings bytes, a multiple of 16, to the same place in every block of the mask and tells each block's barrier: one thread and
// no register moves a whole stage.
DEVICE void copy_bulk_to(u32 shared, const void* global, u32 bytes, u32 barrier, u16 blocks) {
    asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [%0], [%1], %2, [%3], %4;"
        :: "r"(shared), "l"(global), "r"(bytes), "r"(barrier), "h"(blocks) : "memory");
}

// The same for this block alone.
DEVICE void copy_bulk(u32 shared, const void* global, u32 bytes, u32 barrier) {
    asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];"
        :: "r"(shared), "l"(global), "r"(bytes), "r"(barrier) : "memory");
}

#endif
