// Names of fixed-width integers and the attributes of device functions. Nothing is included: NVRTC alone compiles a unit on a machine
// that has a driver and libnvrtc, but no CUDA toolkit.

typedef signed char i8;
typedef unsigned char u8;
typedef short i16;
typedef unsigned short u16;
typedef int i32;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;

// An IEEE half or a bfloat16 as its bits: cuda_fp16.h is not there, and arithmetic on them is PTX (Datatype/).
typedef u16 half_bits;
typedef u16 bfloat_bits;

static_assert(sizeof(i8) == 1 && sizeof(i16) == 2 && sizeof(i32) == 4 && sizeof(i64) == 8, "the integers are named by their width");

// Device functions are small and their arguments are registers: a call would move fragments through memory.
#define DEVICE __device__ __forceinline__

// Shared memory that a block may have, which decides how often tables are replicated: the runtime says what the device allows; otherwise it is what
// all devices of the architecture allow.
#if !defined(SHARED_BYTES)
#if __CUDA_ARCH__ == 800 || __CUDA_ARCH__ == 870
#define SHARED_BYTES 166912
#elif __CUDA_ARCH__ >= 900 && __CUDA_ARCH__ < 1200
#define SHARED_BYTES 232448
#else
#define SHARED_BYTES 101376
#endif
#endif

// Lanes of a warp, on every architecture so far.
constexpr int warp_lanes = 32;

// All lanes take part: the mask of every warp-wide instruction in converged code.
constexpr u32 all_lanes = 0xffffffffu;

DEVICE constexpr int ceil_divide(int value, int unit) { return (value + unit - 1) / unit; }

DEVICE constexpr int round_up(int value, int unit) { return ceil_divide(value, unit) * unit; }

DEVICE int lane_index() { return threadIdx.x & (warp_lanes - 1); }

DEVICE int warp_index() { return threadIdx.x / warp_lanes; }

// Where a piece of a stream lies. A matrix has fewer than 2^32 pieces but may have more bytes, and widening in the product is one instruction, where
// 64-bit arithmetic before it would be several.
DEVICE i64 piece_offset(u32 piece, int bytes) { return static_cast<i64>(piece) * bytes; }
