// Error feedback for sums of codewords, each level with a target of its own (Dropwise.Quantization, ErrorFeedbackQuantizer): a warp a row. A launch settles the
// inputs of one batch, run after run of DIMENSION inputs; the host hands the errors of the batch on to later inputs, as matrix products.
// Constants of the unit: DIMENSION, CODEWORDS (a multiple of 32), CODEBOOKS, LEVELS (1 or CODEBOOKS) and WIDTH, the paths of the beam.
constexpr int FEEDBACK_WARPS = 8;
constexpr int LANE_CODEWORDS = CODEWORDS / warp_lanes;

// The most levels of a format, of which a unit uses LEVELS.
constexpr int MOST_LEVELS = 8;

static_assert(LEVELS <= MOST_LEVELS, "the arguments have room for so many");
static_assert(LEVELS == 1 || LEVELS == CODEBOOKS, "a level is a prefix of the codebooks, or all of them");

struct Feedback {
    float* errors[MOST_LEVELS];          // [rows][columns]: targets, then what is left of them
    float* sums[MOST_LEVELS];            // [rows][columns]: errors of settled inputs times U
    const float* factors[MOST_LEVELS];   // U [columns][columns], upper triangular
    const float* inverses[MOST_LEVELS];  // of U's blocks on the diagonal, [runs][DIMENSION][DIMENSION]
    const float* codebooks;         // [CODEBOOKS][CODEWORDS][DIMENSION]
    const float* metrics;           // [runs][CODEBOOKS][DIMENSION][DIMENSION]: how each codebook's level measures errors
    const float* norms;             // [runs][CODEBOOKS][CODEWORDS]: lengths of codewords in these, times the guide
    const float* guides;            // [CODEBOOKS]: what a prefix counts, with what it will cost the levels behind it
    const float* weights;           // [CODEBOOKS]: what a prefix counts
    u16* codes;                     // [CODEBOOKS][rows * runs]
    int rows;
    int columns;
    int first;                      // the batch's first input
    int last;                       // the input after its last
};

static_assert(sizeof(Feedback) == 320, "Feedback must match its C# twin");

// What a warp knows of the sums that it considers.
struct Paths {
    float residuals[WIDTH][DIMENSION];
    float costs[WIDTH];
};

struct WarpState {
    float targets[LEVELS][DIMENSION];
    Paths paths[2];
    float weighted[DIMENSION][WIDTH];  // -2 g M r of each path, paths side by side
    float bases[WIDTH];
    u16 from[CODEBOOKS][WIDTH];
    u16 code[CODEBOOKS][WIDTH];
    int chosen[WIDTH];
};

DEVICE constexpr int level_of(int codebook) { return LEVELS == 1 ? 0 : codebook; }

// M r of each path, and its length in that metric.
DEVICE void weigh_paths(WarpState& state, const Paths& paths, int count, const float* metric, float guide) {
    for (int p = lane_index(); p < count; p += warp_lanes) state.bases[p] = 0;
    __syncwarp();
    for (int p = 0; p < count; p++) {
        float length = 0;
        for (int j = lane_index(); j < DIMENSION; j += warp_lanes) {
            float sum = 0;
#pragma unroll
            for (int i = 0; i < DIMENSION; i++) sum += metric[j * DIMENSION + i] * paths.residuals[p][i];
            state.weighted[j][p] = -2.0f * guide * sum;
            length += sum * paths.residuals[p][j];
        }

        length = warp_sum(length);
        if (lane_index() == 0) state.bases[p] = paths.costs[p] + guide * length;
    }

    __syncwarp();
}

// The scores of all codewords behind all paths: lane i has codewords i, i + 32, ...
DEVICE void score(const WarpState& state, int count, const float* table, const float* norms, float (&scores)[WIDTH][LANE_CODEWORDS]) {
#pragma unroll
    for (int k = 0; k < LANE_CODEWORDS; k++) {
        const float norm = norms[k * warp_lanes + lane_index()];
#pragma unroll
        for (int p = 0; p < WIDTH; p++) scores[p][k] = p < count ? state.bases[p] + norm : __int_as_float(0x7f800000);
    }

#pragma unroll
    for (int j = 0; j < DIMENSION; j++) {
        float elements[LANE_CODEWORDS];
#pragma unroll
        for (int k = 0; k < LANE_CODEWORDS; k++) elements[k] = table[j * CODEWORDS + k * warp_lanes + lane_index()];
#pragma unroll
        for (int p = 0; p < WIDTH; p++) {
            if (p >= count) break;
            const float factor = state.weighted[j][p];
#pragma unroll
            for (int k = 0; k < LANE_CODEWORDS; k++) scores[p][k] += factor * elements[k];
        }
    }
}

// The best scores in ascending order, as path * CODEWORDS + codeword: the earlier one where two are equal.
DEVICE void choose(WarpState& state, int keep, float (&scores)[WIDTH][LANE_CODEWORDS]) {
    const float infinity = __int_as_float(0x7f800000);
    float minima[WIDTH];
    int places[WIDTH];
#pragma unroll
    for (int p = 0; p < WIDTH; p++) {
        minima[p] = scores[p][0];
        places[p] = 0;
#pragma unroll
        for (int k = 1; k < LANE_CODEWORDS; k++) {
            if (scores[p][k] < minima[p]) {
                minima[p] = scores[p][k];
                places[p] = k;
            }
        }
    }

    for (int chosen = 0; chosen < keep; chosen++) {
        float best = minima[0];
        int path = 0, place = places[0];
#pragma unroll
        for (int p = 1; p < WIDTH; p++) {
            if (minima[p] < best) {
                best = minima[p];
                path = p;
                place = places[p];
            }
        }

        float least = best;
#pragma unroll
        for (int distance = warp_lanes / 2; distance > 0; distance /= 2) least = fminf(least, __shfl_xor_sync(all_lanes, least, distance));
        int index = best == least ? path * CODEWORDS + place * warp_lanes + lane_index() : 0x7fffffff;
#pragma unroll
        for (int distance = warp_lanes / 2; distance > 0; distance /= 2) index = min(index, __shfl_xor_sync(all_lanes, index, distance));

        // Scores that are no numbers, of targets that are none, are below nothing: any codeword will do.
        index = min(index, WIDTH * CODEWORDS - 1);
        if (lane_index() == 0) state.chosen[chosen] = index;
        if (index % warp_lanes != lane_index()) continue;

        // The lane that had it looks for the next best behind the same path.
        const int winner = index / CODEWORDS, taken = index % CODEWORDS / warp_lanes;
#pragma unroll
        for (int p = 0; p < WIDTH; p++) {
            if (p != winner) continue;
            minima[p] = infinity;
#pragma unroll
            for (int k = 0; k < LANE_CODEWORDS; k++) {
                if (k == taken) scores[p][k] = infinity;
                if (scores[p][k] < minima[p]) {
                    minima[p] = scores[p][k];
                    places[p] = k;
                }
            }
        }
    }

    __syncwarp();
}

// Paths one codeword longer: what they leave of the level's target, and what they cost so far; then what they leave of the next level's.
DEVICE void extend(WarpState& state, const Paths& from, Paths& to, int keep, int m, const float* table, const float* metric, float weight) {
    for (int q = 0; q < keep; q++) {
        const int path = state.chosen[q] / CODEWORDS, code = state.chosen[q] % CODEWORDS;
        float rest = 0;
        const int j = lane_index();
        if (j < DIMENSION) rest = to.residuals[q][j] = from.residuals[path][j] - table[j * CODEWORDS + code];
        __syncwarp();
        float length = 0;
        if (j < DIMENSION) {
#pragma unroll
            for (int i = 0; i < DIMENSION; i++) length += metric[j * DIMENSION + i] * to.residuals[q][i];
        }

        length = warp_sum(length * rest);
        if (j == 0) {
            to.costs[q] = from.costs[path] + weight * length;
            state.from[m][q] = (u16)path;
            state.code[m][q] = (u16)code;
        }
    }

    __syncwarp();
    if (LEVELS == 1 || m + 1 == CODEBOOKS) return;
    for (int i = lane_index(); i < keep * DIMENSION; i += warp_lanes)
        to.residuals[i / DIMENSION][i % DIMENSION] += state.targets[m + 1][i % DIMENSION] - state.targets[m][i % DIMENSION];
    __syncwarp();
}

// The codes of one run of a row: a beam search over the codebooks in order.
DEVICE void search_run(WarpState& state, const Feedback& p, const float* tables, int run, u16 (&codes)[CODEBOOKS]) {
    for (int j = lane_index(); j < DIMENSION; j += warp_lanes) state.paths[0].residuals[0][j] = state.targets[0][j];
    if (lane_index() == 0) state.paths[0].costs[0] = 0;
    __syncwarp();
    int count = 1;
    for (int m = 0; m < CODEBOOKS; m++) {
        const Paths& from = state.paths[m & 1];
        const float* metric = p.metrics + ((i64)run * CODEBOOKS + m) * DIMENSION * DIMENSION;
        const float* table = tables + m * CODEWORDS * DIMENSION;
        const int keep = m + 1 == CODEBOOKS ? 1 : WIDTH;
        weigh_paths(state, from, count, metric, p.guides[m]);
        float scores[WIDTH][LANE_CODEWORDS];
        score(state, count, table, p.norms + ((i64)run * CODEBOOKS + m) * CODEWORDS, scores);
        choose(state, keep, scores);
        extend(state, from, state.paths[1 - (m & 1)], keep, m, table, metric, p.weights[m]);
        count = keep;
    }

    int path = 0;
    for (int m = CODEBOOKS - 1; m >= 0; m--) {
        codes[m] = state.code[m][path];
        path = state.from[m][path];
    }
}

// What a level's run is to come close to: T + S inverse(U_jj).
DEVICE void aim(WarpState& state, const Feedback& p, int row, int column) {
    const int run = column / DIMENSION;
    for (int i = lane_index(); i < LEVELS * DIMENSION; i += warp_lanes) {
        const int level = i / DIMENSION, j = i % DIMENSION;
        const i64 at = (i64)row * p.columns + column;
        float target = p.errors[level][at + j];
        for (int k = 0; k <= j; k++) target += p.sums[level][at + k] * p.inverses[level][((i64)run * DIMENSION + k) * DIMENSION + j];
        state.targets[level][j] = target;
    }

    __syncwarp();
}

// Takes the codewords out of each level's error, and hands the error on within the batch.
DEVICE void settle(const Feedback& p, const float* tables, const u16 (&codes)[CODEBOOKS], int row, int column) {
    float sums[DIMENSION] = {};
    for (int m = 0; m < CODEBOOKS; m++) {
#pragma unroll
        for (int j = 0; j < DIMENSION; j++) sums[j] += tables[(m * DIMENSION + j) * CODEWORDS + codes[m]];
        if (LEVELS == 1 && m + 1 < CODEBOOKS) continue;
        const int level = level_of(m);
        const i64 at = (i64)row * p.columns;
        float errors[DIMENSION];
#pragma unroll
        for (int j = 0; j < DIMENSION; j++) errors[j] = p.errors[level][at + column + j] - sums[j];
        __syncwarp();
        if (lane_index() < DIMENSION) {
#pragma unroll
            for (int j = 0; j < DIMENSION; j++)
                if (j == lane_index()) p.errors[level][at + column + j] = errors[j];
        }

        for (int next = column + DIMENSION + lane_index(); next < p.last; next += warp_lanes) {
            float sum = p.sums[level][at + next];
#pragma unroll
            for (int j = 0; j < DIMENSION; j++) sum += errors[j] * p.factors[level][(i64)(column + j) * p.columns + next];
            p.sums[level][at + next] = sum;
        }
    }

    __syncwarp();
}

// Blocks share the rows out, a warp a row at a time; codebooks lie in shared memory, transposed, so that lanes read codewords side by side.
extern "C" __global__ void __launch_bounds__(FEEDBACK_WARPS * warp_lanes) settle_batch(const __grid_constant__ Feedback p) {
    extern __shared__ float tables[];
    WarpState& state = reinterpret_cast<WarpState*>(tables + CODEBOOKS * DIMENSION * CODEWORDS)[warp_index()];
    for (int i = threadIdx.x; i < CODEBOOKS * DIMENSION * CODEWORDS; i += blockDim.x) {
        const int m = i / (DIMENSION * CODEWORDS), j = i / CODEWORDS % DIMENSION, c = i % CODEWORDS;
        tables[i] = p.codebooks[(m * CODEWORDS + c) * DIMENSION + j];
    }

    __syncthreads();
    const int runs = p.columns / DIMENSION;
    for (int row = blockIdx.x * FEEDBACK_WARPS + warp_index(); row < p.rows; row += gridDim.x * FEEDBACK_WARPS) {
        for (int column = p.first; column < p.last; column += DIMENSION) {
            u16 codes[CODEBOOKS];
            aim(state, p, row, column);
            search_run(state, p, tables, column / DIMENSION, codes);
            if (lane_index() == 0) {
#pragma unroll
                for (int m = 0; m < CODEBOOKS; m++) p.codes[((i64)m * p.rows + row) * runs + column / DIMENSION] = codes[m];
            }

            settle(p, tables, codes, row, column);
        }
    }
}

extern "C" __device__ const int settle_batch_shared_bytes = CODEBOOKS * DIMENSION * CODEWORDS * sizeof(float) + FEEDBACK_WARPS * sizeof(WarpState);

// <a, b> and <a, a> of each row in float64, a block a row.
extern "C" __global__ void __launch_bounds__(256) row_moments(const float* a, const float* b, double* products, int columns) {
    __shared__ double cross[256], square[256];
    double sum = 0, own = 0;
    for (int i = threadIdx.x; i < columns; i += blockDim.x) {
        const double x = a[(i64)blockIdx.x * columns + i];
        sum += x * b[(i64)blockIdx.x * columns + i];
        own += x * x;
    }

    cross[threadIdx.x] = sum;
    square[threadIdx.x] = own;
    __syncthreads();
    for (int distance = 128; distance > 0; distance /= 2) {
        if (threadIdx.x < distance) {
            cross[threadIdx.x] += cross[threadIdx.x + distance];
            square[threadIdx.x] += square[threadIdx.x + distance];
        }

        __syncthreads();
    }

    if (threadIdx.x == 0) {
        products[2 * blockIdx.x] = cross[0];
        products[2 * blockIdx.x + 1] = square[0];
    }
}

// P = T f - E: what the codes stand for, out of targets, the factor of each row and errors.
extern "C" __global__ void __launch_bounds__(256) subtract_from_scaled(const float* targets, const float* factors, float* errors, i64 count, int columns) {
    for (i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += (i64)gridDim.x * blockDim.x) errors[i] = targets[i] * factors[i / columns] - errors[i];
}

// Targets times the factor of each row.
extern "C" __global__ void __launch_bounds__(256) scale_rows(const float* targets, const float* factors, float* scaled, i64 count, int columns) {
    for (i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += (i64)gridDim.x * blockDim.x) scaled[i] = targets[i] * factors[i / columns];
}
