// How a kernel of products wants to be launched. Each entry point has one beside it, named `<entry>_launch`, which the host reads from the
// loaded module: the constants of a driver are stated once, in the driver. Dropwise.Cuda has the same struct as C#.
struct KernelLaunch {
    int threads;            // of a block; 0 where any multiple of a warp does
    int rows;               // output rows of a block; 0 where blocks share all rows out among themselves
    int tokens;             // that a block multiplies; the grid is [blocks of rows][blocks of tokens]
    int shared_bytes;       // dynamic shared memory of a block
    int warp_shared_bytes;  // what each warp adds to it
};

static_assert(sizeof(KernelLaunch) == 20, "KernelLaunch must match its C# twin");

// Tokens of a block that takes all of them.
constexpr int all_tokens = 1 << 30;
