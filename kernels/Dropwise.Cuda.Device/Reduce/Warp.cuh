// Reductions over the lanes of a warp by butterflies: every lane ends with the same bits, in an order that never changes.

template <int Lanes = warp_lanes>
DEVICE float warp_sum(float value) {
#pragma unroll
    for (int distance = Lanes / 2; distance > 0; distance /= 2) value += __shfl_xor_sync(all_lanes, value, distance);
    return value;
}

template <int Lanes = warp_lanes>
DEVICE float warp_max(float value) {
#pragma unroll
    for (int distance = Lanes / 2; distance > 0; distance /= 2) value = fmaxf(value, __shfl_xor_sync(all_lanes, value, distance));
    return value;
}
