// What a product reads in place of float32 activations. A block makes slices of 512 inputs of one token: 64 threads a slice, eight
// consecutive inputs a thread, so that a Hadamard block of 256 stays inside one warp and every store is a whole vector. A block is FORM_THREADS threads
// where it reads a whole token, otherwise any number of slices up to that.

constexpr int SLICE_INPUTS = 512;
constexpr int LANE_INPUTS = 8;
constexpr int SLICE_THREADS = SLICE_INPUTS / LANE_INPUTS;
constexpr int FORM_THREADS = 256;

// The kinds of a form. Products of few tokens read 16-bit integers as two signed bytes, or float32 where the matrix is unquantized;
// products of many tokens read halves in slabs (half_index).
constexpr int FORM_SPLIT16 = 0;
constexpr int FORM_HALF = 1;
constexpr int FORM_FLOAT = 2;

// What cuBLAS reads, row after row: bfloat16, or halves of which all tokens are divided by one power of two. That power takes a pass of its own:
// FORM_LARGEST finds the largest magnitude of all tokens.
constexpr int FORM_BFLOAT = 3;
constexpr int FORM_HALF_ROWS = 4;
constexpr int FORM_LARGEST = 5;

// Where a form lies and how it is made. The same bytes as Dropwise.Cuda.ActivationFormArguments.
struct ActivationForm {
    const i8* signs;      // [columns], +1 or -1; null where the matrices are not rotated
    i8* x;                // split16: [2 * tokens][padded_columns], high bytes of a token, then its low bytes
    float* x_scales;               // split16: [tokens][padded_columns / 512]
    int* x_sums;                   // split16: [tokens][padded_columns / sum_run], sums of the integers over runs of inputs
    half_bits* x_half;        // half: each input at half_index
    float* x_half_scales;          // half: [tokens], powers of two; half rows: the largest magnitude, and the power
    float* x_float;                // float: [tokens][padded_columns]
    int kind;
    int rotation_block;            // inputs of a Hadamard block, a power of two from 8 to 256; 1 without rotation
    int columns;                   // K, a multiple of 8
    int padded_columns;            // K rounded up to 512
    int sum_run;                   // split16: inputs of a sum, a power of two from 8 to 256; 0 where nobody reads sums
    int tokens;
};

static_assert(sizeof(ActivationForm) == 80, "ActivationForm must match its C# twin");

// The signs of eight inputs, a byte each.
DEVICE uint2 load_signs(const ActivationForm& form, int column) {
    return form.signs != nullptr && column < form.columns ? __ldg((const uint2*)(form.signs + column)) : make_uint2(0, 0);
}

// V = (H_p / sqrt(p)) * diag(signs) on eight consecutive inputs a lane: three stages inside the thread, the others by shuffles.
DEVICE void rotate_inputs(float (&values)[LANE_INPUTS], const ActivationForm& form, uint2 signs) {
    const float scale = rsqrtf((float)form.rotation_block);
#pragma unroll
    for (int i = 0; i < LANE_INPUTS; i++) values[i] *= scale * (float)(i8)((i < 4 ? signs.x : signs.y) >> i % 4 * 8);

#pragma unroll
    for (int half = 1; half < LANE_INPUTS; half *= 2) {
#pragma unroll
        for (int i = 0; i < LANE_INPUTS; i++) {
            if (i & half) continue;
            const float a = values[i], b = values[i + half];
            values[i] = a + b;
            values[i + half] = a - b;
        }
    }

    for (int distance = 1; distance < form.rotation_block / LANE_INPUTS; distance *= 2) {
        const bool upper = (threadIdx.x & distance) != 0;
#pragma unroll
        for (int i = 0; i < LANE_INPUTS; i++) {
            const float other = __shfl_xor_sync(all_lanes, values[i], distance);
            values[i] = upper ? other - values[i] : values[i] + other;
        }
    }
}

// 16-bit integers relative to the largest value of the slice, and where a format wants them their sums over runs of inputs, which zero points multiply.
DEVICE void store_split16(const float (&values)[LANE_INPUTS], const ActivationForm& form, int token, int column) {
    __shared__ float maxima[FORM_THREADS / 32];
    const int warp = warp_index();
    float largest = 0;
#pragma unroll
    for (int i = 0; i < LANE_INPUTS; i++) largest = fmaxf(largest, fabsf(values[i]));
    largest = warp_max(largest);
    if (lane_index() == 0) maxima[warp] = largest;
    __syncthreads();
    largest = fmaxf(maxima[warp], maxima[warp ^ 1]);

    // 32512 = 127 * 256 is the largest integer whose high byte still fits after its low byte was rounded to nearest.
    const float factor = largest > 0 ? 32512.0f / largest : 0.0f;
    u32 high[2] = {0, 0}, low[2] = {0, 0};
    int sum = 0;
#pragma unroll
    for (int i = 0; i < LANE_INPUTS; i++) {
        const int value = __float2int_rn(values[i] * factor);
        const int upper = (value + 128) >> 8, lower = value - (upper << 8);
        high[i / 4] |= (u32)(upper & 255) << (i % 4 * 8);
        low[i / 4] |= (u32)(lower & 255) << (i % 4 * 8);
        sum += value;
    }

    // A run of 256 inputs is a whole warp.
    for (int distance = 1; distance < form.sum_run / LANE_INPUTS; distance *= 2) sum += __shfl_xor_sync(all_lanes, sum, distance);
    if (column >= form.padded_columns) return;
    i8* row = form.x + (size_t)(2 * token) * form.padded_columns + column;
    *(uint2*)row = make_uint2(high[0], high[1]);
    *(uint2*)(row + form.padded_columns) = make_uint2(low[0], low[1]);
    if (form.sum_run != 0 && column % form.sum_run == 0)
        form.x_sums[(size_t)token * (form.padded_columns / form.sum_run) + column / form.sum_run] = sum;
    if (column % SLICE_INPUTS == 0)
        form.x_scales[(size_t)token * (form.padded_columns / SLICE_INPUTS) + column / SLICE_INPUTS] = largest / 32512.0f;
}

// The power of two that halves are divided by, for a largest magnitude. It brings the largest into [2^10, 2^11): rotating a block of 256 makes an
// element at most 16 times as large, still below the largest half, and elements down to 2^-24 of the largest keep all their bits.
DEVICE int half_exponent(float largest) { return largest > 0 ? max((__float_as_int(largest) >> 23) - 127 - 10, -116) : 0; }

// Halves divided by a power of two, which costs no precision, as eight of a row two a word.
DEVICE uint4 scaled_halves(const float (&values)[LANE_INPUTS], int exponent) {
    const float factor = __int_as_float((127 - exponent) << 23);
    return make_uint4(
        floats_to_halves(values[0] * factor, values[1] * factor), floats_to_halves(values[2] * factor, values[3] * factor),
        floats_to_halves(values[4] * factor, values[5] * factor), floats_to_halves(values[6] * factor, values[7] * factor));
}

DEVICE void store_half(const float (&values)[LANE_INPUTS], const ActivationForm& form, int token, int column, float largest) {
    if (column >= form.padded_columns) return;
    const int exponent = half_exponent(largest);
    const uint4 halves = scaled_halves(values, exponent);
    const u32 pairs[LANE_INPUTS / 2] = {halves.x, halves.y, halves.z, halves.w};
#pragma unroll
    for (int i = 0; i < LANE_INPUTS / 2; i++) *(u32*)(form.x_half + half_index(column + 2 * i, token, form.tokens)) = pairs[i];
    if (column == 0) form.x_half_scales[token] = __int_as_float((127 + exponent) << 23);
}

DEVICE void store_half_rows(const float (&values)[LANE_INPUTS], const ActivationForm& form, int token, int column) {
    if (column >= form.padded_columns) return;
    const int exponent = half_exponent(form.x_half_scales[0]);
    store_vector(form.x_half + (size_t)token * form.padded_columns + column, scaled_halves(values, exponent));
    if (column == 0 && token == 0) form.x_half_scales[1] = __int_as_float((127 + exponent) << 23);
}

DEVICE void store_float(const float (&values)[LANE_INPUTS], const ActivationForm& form, int token, int column) {
    if (column >= form.padded_columns) return;
    float4* row = (float4*)(form.x_float + (size_t)token * form.padded_columns + column);
    row[0] = make_float4(values[0], values[1], values[2], values[3]);
    row[1] = make_float4(values[4], values[5], values[6], values[7]);
}

DEVICE void store_bfloats(const float (&values)[LANE_INPUTS], const ActivationForm& form, int token, int column) {
    if (column >= form.padded_columns) return;
    store_vector(
        form.x_half + (size_t)token * form.padded_columns + column,
        make_uint4(
            floats_to_bfloats(values[0], values[1]), floats_to_bfloats(values[2], values[3]), floats_to_bfloats(values[4], values[5]),
            floats_to_bfloats(values[6], values[7])));
}

// Whether a form depends on the largest magnitude of a token.
DEVICE bool needs_largest(const ActivationForm& form) { return form.kind == FORM_HALF || form.kind == FORM_LARGEST; }

// The driver of all kernels that produce an input of products: blocks (x: a slice for 64 threads, in turn; y: a token).
// A source has `float begin(token, form)`, called by the whole block, which returns the largest magnitude of the token's values where the
// form needs it and prepares what `load(token, column, values)` needs; and `prepare(column, columns)`, which loads what no kernel has written: it runs
// while the kernel before this one ends.
template <class Source>
DEVICE void make_form(Source source, const ActivationForm& form) {
    launch_dependents();
    const int token = blockIdx.y;
    const int block_slices = blockDim.x / SLICE_THREADS;
    const int first_column = blockIdx.x * block_slices * SLICE_INPUTS + threadIdx.x * LANE_INPUTS;
    source.prepare(first_column, form.columns);
    uint2 signs = load_signs(form, first_column);
    wait_for_inputs();
    const float largest = source.begin(token, form);
    if (form.kind == FORM_LARGEST) {
        // Magnitudes are not negative, so that their bits ascend as they do; the largest is the same in whatever order blocks come.
        if (threadIdx.x == 0) atomicMax((int*)form.x_half_scales, __float_as_int(largest));
        return;
    }

    for (int first = blockIdx.x * block_slices; first * SLICE_INPUTS < form.padded_columns; first += gridDim.x * block_slices) {
        const int column = first * SLICE_INPUTS + threadIdx.x * LANE_INPUTS;
        if (column != first_column) {
            source.prepare(column, form.columns);
            signs = load_signs(form, column);

            // Shared memory of the slices before is free again.
            __syncthreads();
        }

        float values[LANE_INPUTS] = {};
        if (column < form.columns) source.load(token, column, values);
        if (form.signs != nullptr) rotate_inputs(values, form, signs);
        if (form.kind == FORM_SPLIT16) store_split16(values, form, token, column);
        else if (form.kind == FORM_FLOAT) store_float(values, form, token, column);
        else if (form.kind == FORM_BFLOAT) store_bfloats(values, form, token, column);
        else if (form.kind == FORM_HALF_ROWS) store_half_rows(values, form, token, column);
        else store_half(values, form, token, column, largest);
    }
}
