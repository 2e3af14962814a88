// Programmatic dependent launch (sm_90): the next kernel of a stream starts while this one still runs, so that its table fills and
// first weight loads hide the 1.0-1.7 microseconds between two kernels. Below sm_90 a launch is ordered anyway.

// Lets the next kernel start as soon as every block has called this. It says nothing about this kernel's writes: the next one still
// waits for them below.
DEVICE void launch_dependents() {
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

// Returns when all earlier kernels are complete and their writes are visible. Every thread calls it before it reads what another kernel
// wrote and before it writes anything that an earlier kernel may still read.
DEVICE void wait_for_inputs() {
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}
