// The score of what must not be seen: its weight 2^-infinity is zero. (There is no header that would name it.)
DEVICE float masked_score() { return __int_as_float(0xff800000); }

// Scores and logits bounded smoothly: c * tanh(x / c).
DEVICE float soft_cap(float value, float cap) { return cap * tanhf(value / cap); }

DEVICE void load_eight(const float* source, float (&values)[LANE_INPUTS]) {
    const float4 a = *(const float4*)source, b = *(const float4*)(source + 4);
    values[0] = a.x; values[1] = a.y; values[2] = a.z; values[3] = a.w;
    values[4] = b.x; values[5] = b.y; values[6] = b.z; values[7] = b.w;
}

// Eight halves of one 16-byte word.
DEVICE void unpack_halves(const uint4& words, float (&values)[8]) {
    const u32 pairs[4] = {words.x, words.y, words.z, words.w};
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const float2 pair = halves_to_floats(pairs[i]);
        values[2 * i] = pair.x;
        values[2 * i + 1] = pair.y;
    }
}

// The largest magnitude of what a source loads, for sources that know no shorter way; only halves need it. Squares would overflow, or vanish.
template <class Source>
DEVICE float largest_magnitude(const Source& source, int token, const ActivationForm& form) {
    __shared__ float scratch[warp_lanes];
    if (!needs_largest(form)) return 0.0f;
    float largest = 0;
    for (int column = threadIdx.x * LANE_INPUTS; column < form.columns; column += FORM_THREADS * LANE_INPUTS) {
        float values[LANE_INPUTS];
        source.load(token, column, values);
#pragma unroll
        for (int i = 0; i < LANE_INPUTS; i++) largest = fmaxf(largest, fabsf(values[i]));
    }

    return block_max(largest, scratch);
}
