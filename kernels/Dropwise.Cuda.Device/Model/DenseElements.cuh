// How stored elements of an unquantized matrix become float32, eight at a time, and halves for tensor cores.
constexpr int DENSE_FLOAT32 = 0;
constexpr int DENSE_FLOAT16 = 1;
constexpr int DENSE_BFLOAT16 = 2;

struct Float32Elements
{
    static __device__ void load(const void* matrix, size_t index, float (&values)[8])
    {
        const float4* source = (const float4*)((const float*)matrix + index);
        const float4 a = __ldg(source), b = __ldg(source + 1);
        values[0] = a.x; values[1] = a.y; values[2] = a.z; values[3] = a.w;
        values[4] = b.x; values[5] = b.y; values[6] = b.z; values[7] = b.w;
    }
};

struct Float16Elements
{
    static __device__ void load(const void* matrix, size_t index, float (&values)[8])
    {
        const uint4 words = __ldg((const uint4*)((const unsigned short*)matrix + index));
        unpack(words.x, values[0], values[1]);
        unpack(words.y, values[2], values[3]);
        unpack(words.z, values[4], values[5]);
        unpack(words.w, values[6], values[7]);
    }

    static __device__ void unpack(unsigned int word, float& low, float& high)
    {
        low = half_to_float((unsigned short)word);
        high = half_to_float((unsigned short)(word >> 16));
    }
};

struct BFloat16Elements
{
    static __device__ void load(const void* matrix, size_t index, float (&values)[8])
    {
        const uint4 words = __ldg((const uint4*)((const unsigned short*)matrix + index));
        unpack(words.x, values[0], values[1]);
        unpack(words.y, values[2], values[3]);
        unpack(words.z, values[4], values[5]);
        unpack(words.w, values[6], values[7]);
    }

    // A bfloat16 is the upper half of a float32.
    static __device__ void unpack(unsigned int word, float& low, float& high)
    {
        low = __uint_as_float(word << 16);
        high = __uint_as_float(word & 0xffff0000u);
    }
};
