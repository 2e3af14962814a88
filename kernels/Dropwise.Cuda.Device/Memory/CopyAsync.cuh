// cp.async (sm_80): global to shared memory without a register in between, so that tiles of later steps load while this one is multiplied.

// Copies 16 bytes past L1, which would hold nothing that shared memory does not. Where `present` is false nothing is read and zeros
// are written: the tails of a matrix need no branch.
DEVICE void copy_async(u32 shared, const void* global, bool present = true) {
    asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" :: "r"(shared), "l"(global), "r"(present ? 16 : 0) : "memory");
}

// Closes a group: copies are waited for in groups, oldest first.
DEVICE void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Waits until at most `Pending` of this thread's newest groups are under way. A barrier must follow before other threads read.
template <int Pending>
DEVICE void wait_for_copies() { asm volatile("cp.async.wait_group %0;" :: "n"(Pending) : "memory"); }
