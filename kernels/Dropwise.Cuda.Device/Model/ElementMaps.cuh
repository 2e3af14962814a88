// What is done to every element of a vector, in place.
constexpr int MAP_THREADS = 256;

struct MapArguments {
    float* values;
    i64 count;
    float number;   // the factor, or the bound
};

static_assert(sizeof(MapArguments) == 24, "MapArguments must match its C# twin");

// Embeddings times a factor.
extern "C" __global__ void __launch_bounds__(MAP_THREADS) scale_values(const __grid_constant__ MapArguments p) {
    launch_dependents();
    wait_for_inputs();
    const i64 at = (i64)blockIdx.x * MAP_THREADS + threadIdx.x;
    if (at < p.count) p.values[at] *= p.number;
}

// Logits with a bound.
extern "C" __global__ void __launch_bounds__(MAP_THREADS) cap_values(const __grid_constant__ MapArguments p) {
    launch_dependents();
    wait_for_inputs();
    const i64 at = (i64)blockIdx.x * MAP_THREADS + threadIdx.x;
    if (at < p.count) p.values[at] = soft_cap(p.values[at], p.number);
}
