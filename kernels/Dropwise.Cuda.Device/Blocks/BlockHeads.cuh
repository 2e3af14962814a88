// Heads of queries and keys between projection and attention: a block a head of a token (tokens in x, heads in y), from head `first` on, where keys
// come after queries. Heads lie as Dropwise.Inference.HeadLayout says.
struct HeadRows {
    float* wide;            // [tokens][width]
    const float* cosines;   // [positions][dimension / 2]
    const float* sines;     // the same
    const float* weight;    // [dimension], of the heads' norm
    const float* bias;      // [dimension], or null
    float* copies;          // [tokens · heads of the launch][dimension]
    int width;
    int heads;
    int key_heads;
    int dimension;
    int by_group;           // 1: the queries of a key-value head, its key and its value follow each other
    int interleaved;        // 1: pairs (2i, 2i + 1) turn, 0: pairs (i, i + dimension / 2)
    int tokens;             // of a window
    int position;           // of its first token
    int first;
    float sign;             // -1 turns back
    float epsilon;
};

static_assert(sizeof(HeadRows) == 96, "HeadRows must match its C# twin");

DEVICE float* head_row(const HeadRows& p) {
    const int index = p.first + blockIdx.y, group = p.heads / p.key_heads;
    const bool is_key = index >= p.heads;
    const int head = is_key ? index - p.heads : index;
    const int place = !p.by_group ? index : is_key ? head * (group + 2) + group : head / group * (group + 2) + head % group;
    return p.wide + (i64)blockIdx.x * p.width + place * p.dimension;
}

extern "C" __global__ void __launch_bounds__(128) turn_heads(const __grid_constant__ HeadRows p) {
    const int half = p.dimension / 2, position = p.position + blockIdx.x % p.tokens;
    float* head = head_row(p);
    for (int i = threadIdx.x; i < half; i += blockDim.x) {
        float* first = head + (p.interleaved ? 2 * i : i);
        float* second = first + (p.interleaved ? 1 : half);
        const float a = *first, b = *second, cosine = p.cosines[(i64)position * half + i], sine = p.sign * p.sines[(i64)position * half + i];
        *first = a * cosine - b * sine;
        *second = b * cosine + a * sine;
    }
}

// The norm of heads, in place.
extern "C" __global__ void __launch_bounds__(128) norm_heads(const __grid_constant__ HeadRows p) {
    __shared__ float scratch[warp_lanes];
    float* head = head_row(p);
    const float2 statistics = norm_statistics(head, p.dimension, p.bias != nullptr, p.epsilon, scratch);
    for (int i = threadIdx.x; i < p.dimension; i += blockDim.x)
        head[i] = (head[i] - statistics.x) * statistics.y * p.weight[i] + (p.bias == nullptr ? 0.0f : p.bias[i]);
}

// Heads out of their places, for `norm_rows_back`, which works on whole rows, and back.
extern "C" __global__ void __launch_bounds__(128) copy_heads_out(const __grid_constant__ HeadRows p) {
    const float* head = head_row(p);
    for (int i = threadIdx.x; i < p.dimension; i += blockDim.x) p.copies[((i64)blockIdx.x * gridDim.y + blockIdx.y) * p.dimension + i] = head[i];
}

extern "C" __global__ void __launch_bounds__(128) copy_heads_back(const __grid_constant__ HeadRows p) {
    float* head = head_row(p);
    for (int i = threadIdx.x; i < p.dimension; i += blockDim.x) head[i] = p.copies[((i64)blockIdx.x * gridDim.y + blockIdx.y) * p.dimension + i];
}
