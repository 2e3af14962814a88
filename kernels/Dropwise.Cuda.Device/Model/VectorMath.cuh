// The score of what must not be seen: its weight 2^-infinity is zero. (There is no header that would name it.)
__device__ __forceinline__ float masked_score() { return __int_as_float(0xff800000); }

// The sum over a block of FORM_THREADS threads, in an order that does not depend on scheduling; every thread gets it.
__device__ float block_sum(float value)
{
    __shared__ float partial[FORM_THREADS / 32];
    #pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) value += __shfl_xor_sync(0xffffffffu, value, distance);

    // A second call must not overwrite what a slow warp still reads of the first.
    __syncthreads();
    if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = value;
    __syncthreads();
    float sum = 0;
    #pragma unroll
    for (int warp = 0; warp < FORM_THREADS / 32; warp++) sum += partial[warp];
    return sum;
}

__device__ void load_eight(const float* source, float (&values)[LANE_INPUTS])
{
    const float4 a = *(const float4*)source, b = *(const float4*)(source + 4);
    values[0] = a.x; values[1] = a.y; values[2] = a.z; values[3] = a.w;
    values[4] = b.x; values[5] = b.y; values[6] = b.z; values[7] = b.w;
}

// The sum of squares of what a source loads, for sources that know no shorter way; only halves need it.
template <class Source>
__device__ float sum_of_squares(const Source& source, int token, const ActivationForm& form)
{
    if (form.kind != FORM_HALF) return 0.0f;
    float squares = 0;
    for (int column = threadIdx.x * LANE_INPUTS; column < form.columns; column += FORM_THREADS * LANE_INPUTS)
    {
        float values[LANE_INPUTS];
        source.load(token, column, values);
        #pragma unroll
        for (int i = 0; i < LANE_INPUTS; i++) squares += values[i] * values[i];
    }

    return block_sum(squares);
}
