// Reductions over a block of whole warps, one word of shared memory a warp. All threads take part and all receive the result; the order
// depends on the number of warps only. Two uses of the same scratch are kept apart by the barrier at the start of the second.

// Each warp's value is read by the first lanes of every warp, so that no third barrier hands the result round.
template <typename Combine>
DEVICE float block_reduce(float value, float* scratch, float identity, Combine combine) {
    int warps = blockDim.x / warp_lanes;
    __syncthreads();
    if (lane_index() == 0) scratch[warp_index()] = value;
    __syncthreads();
    return combine(lane_index() < warps ? scratch[lane_index()] : identity);
}

// `scratch`: 32 floats of shared memory.
DEVICE float block_sum(float value, float* scratch) {
    return block_reduce(warp_sum(value), scratch, 0.0f, [](float lane) { return warp_sum(lane); });
}

// `scratch`: 32 floats of shared memory. Values are not negative infinity everywhere.
DEVICE float block_max(float value, float* scratch) {
    return block_reduce(warp_max(value), scratch, __int_as_float(0xff800000), [](float lane) { return warp_max(lane); });
}
