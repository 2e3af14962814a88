// Beam search for sums of codewords, a warp a run of inputs, each level with a target and a metric of its own (Dropwise.Quantization, BeamSearch). What goes over the
// runs of rows with it (error feedback, code descent) settles the inputs of one batch a launch; the host hands changes on to other inputs, as matrix products.
// Constants of the unit: DIMENSION, CODEWORDS (a multiple of 32), CODEBOOKS, LEVELS (1 or CODEBOOKS) and WIDTH, the paths of the beam.
constexpr int SEARCH_WARPS = 8;
constexpr int LANE_CODEWORDS = CODEWORDS / warp_lanes;

// The most levels of a format, of which a unit uses LEVELS.
constexpr int MOST_LEVELS = 8;

static_assert(LEVELS <= MOST_LEVELS, "the arguments have room for so many");
static_assert(LEVELS == 1 || LEVELS == CODEBOOKS, "a level is a prefix of the codebooks, or all of them");

struct SearchBatch {
    float* sums[MOST_LEVELS];            // S [rows][columns]: what other inputs have left for these, behind a matrix of moments
    const float* factors[MOST_LEVELS];   // that matrix [columns][columns]: what an input's change adds to S of others
    const float* inverses[MOST_LEVELS];  // of its blocks on the diagonal, [runs][DIMENSION][DIMENSION]
    const float* codebooks;              // [CODEBOOKS][CODEWORDS][DIMENSION]
    const float* metrics;                // [runs][CODEBOOKS][DIMENSION][DIMENSION]: how each codebook's level measures errors
    const float* norms;                  // [runs][CODEBOOKS][CODEWORDS]: lengths of codewords in these, times the guide
    const float* guides;                 // [CODEBOOKS]: what a prefix counts, with what it will cost the levels behind it
    const float* weights;                // [CODEBOOKS]: what a prefix counts
    u16* codes;                          // [CODEBOOKS][rows * runs]
    int rows;
    int columns;
    int first;                           // the batch's first input
    int last;                            // the input after its last
};

static_assert(sizeof(SearchBatch) == 256, "SearchBatch must match its C# twin");

// What a warp knows of the sums that it considers.
struct Paths {
    float residuals[WIDTH][DIMENSION];
    float costs[WIDTH];
};

struct WarpState {
    float targets[LEVELS][DIMENSION];
    float changes[LEVELS][DIMENSION];  // what the run that is settled adds to S of later ones
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

// The squared length of what a path has left, in a metric.
DEVICE float squared_length(const float (&rest)[DIMENSION], const float* metric) {
    float length = 0;
    const int j = lane_index();
    if (j < DIMENSION) {
#pragma unroll
        for (int i = 0; i < DIMENSION; i++) length += metric[j * DIMENSION + i] * rest[i];
        length *= rest[j];
    }

    return warp_sum(length);
}

// Paths one codeword longer: what they leave of the level's target, and what they cost so far; then what they leave of the next level's.
DEVICE void extend(WarpState& state, const Paths& from, Paths& to, int keep, int m, const float* table, const float* metric, float weight) {
    for (int q = 0; q < keep; q++) {
        const int path = state.chosen[q] / CODEWORDS, code = state.chosen[q] % CODEWORDS;
        const int j = lane_index();
        if (j < DIMENSION) to.residuals[q][j] = from.residuals[path][j] - table[j * CODEWORDS + code];
        __syncwarp();
        const float length = squared_length(to.residuals[q], metric);
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

DEVICE const float* metric_of(const SearchBatch& p, int run, int m) { return p.metrics + ((i64)run * CODEBOOKS + m) * DIMENSION * DIMENSION; }

// The codes of one run of a row, and what they cost: a beam search over the codebooks in order.
DEVICE float search_run(WarpState& state, const SearchBatch& p, const float* tables, int run, u16 (&codes)[CODEBOOKS]) {
    for (int j = lane_index(); j < DIMENSION; j += warp_lanes) state.paths[0].residuals[0][j] = state.targets[0][j];
    if (lane_index() == 0) state.paths[0].costs[0] = 0;
    __syncwarp();
    int count = 1;
    for (int m = 0; m < CODEBOOKS; m++) {
        const Paths& from = state.paths[m & 1];
        const float* metric = metric_of(p, run, m);
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

    return state.paths[CODEBOOKS & 1].costs[0];
}

// What codes cost, reckoned as the search reckons.
DEVICE float cost_of(WarpState& state, const SearchBatch& p, const float* tables, const u16 (&codes)[CODEBOOKS], int run) {
    const int j = lane_index();
    float (&rest)[DIMENSION] = state.paths[0].residuals[0];
    float cost = 0;
    if (j < DIMENSION) rest[j] = state.targets[0][j];
    for (int m = 0; m < CODEBOOKS; m++) {
        if (j < DIMENSION) rest[j] -= tables[(m * DIMENSION + j) * CODEWORDS + codes[m]];
        __syncwarp();
        cost += p.weights[m] * squared_length(rest, metric_of(p, run, m));
        if (LEVELS > 1 && m + 1 < CODEBOOKS && j < DIMENSION) rest[j] += state.targets[m + 1][j] - state.targets[m][j];
    }

    __syncwarp();
    return cost;
}

// One element of what a level reads: the sum of its codewords.
DEVICE float prefix_sum(const float* tables, const u16 (&codes)[CODEBOOKS], int level, int j) {
    float sum = 0;
#pragma unroll
    for (int m = 0; m < CODEBOOKS; m++) {
        if (LEVELS == 1 || m <= level) sum += tables[(m * DIMENSION + j) * CODEWORDS + codes[m]];
    }

    return sum;
}

// What other inputs have left for one element of a run: S inverse(block).
DEVICE float pull_of_others(const SearchBatch& p, int level, int row, int column, int j) {
    const float* inverse = p.inverses[level] + (i64)column * DIMENSION + j;
    const float* sums = p.sums[level] + (i64)row * p.columns + column;
    float pull = 0;
    for (int k = 0; k < DIMENSION; k++) pull += sums[k] * inverse[k * DIMENSION];
    return pull;
}

// Adds what the changes of a run do to later inputs of the batch.
DEVICE void hand_on(const WarpState& state, const SearchBatch& p, int row, int column) {
    __syncwarp();
    for (int level = 0; level < LEVELS; level++) {
        float* sums = p.sums[level] + (i64)row * p.columns;
        const float* factor = p.factors[level] + (i64)column * p.columns;
        for (int next = column + DIMENSION + lane_index(); next < p.last; next += warp_lanes) {
            float sum = sums[next];
#pragma unroll
            for (int j = 0; j < DIMENSION; j++) sum += state.changes[level][j] * factor[(i64)j * p.columns + next];
            sums[next] = sum;
        }
    }

    __syncwarp();
}

// Codebooks in the shared memory of a block, transposed, so that lanes read codewords side by side; behind them each warp's state, which is returned.
DEVICE WarpState& load_tables(const SearchBatch& p, float* tables) {
    for (int i = threadIdx.x; i < CODEBOOKS * DIMENSION * CODEWORDS; i += blockDim.x) {
        const int m = i / (DIMENSION * CODEWORDS), j = i / CODEWORDS % DIMENSION, c = i % CODEWORDS;
        tables[i] = p.codebooks[(m * CODEWORDS + c) * DIMENSION + j];
    }

    __syncthreads();
    return reinterpret_cast<WarpState*>(tables + CODEBOOKS * DIMENSION * CODEWORDS)[warp_index()];
}

// Blocks share the rows out, a warp a row at a time.
DEVICE int first_row() { return (blockIdx.x * blockDim.x + threadIdx.x) / warp_lanes; }

DEVICE int row_step() { return gridDim.x * blockDim.x / warp_lanes; }

// Where a run's codes are; those of the next codebook are rows * runs behind.
DEVICE u16* codes_of(const SearchBatch& p, int row, int column) { return p.codes + ((i64)row * p.columns + column) / DIMENSION; }

DEVICE void load_codes(const SearchBatch& p, int row, int column, u16 (&codes)[CODEBOOKS]) {
#pragma unroll
    for (int m = 0; m < CODEBOOKS; m++) codes[m] = codes_of(p, row, column)[(i64)m * p.rows * (p.columns / DIMENSION)];
}

DEVICE void store_codes(const SearchBatch& p, int row, int column, const u16 (&codes)[CODEBOOKS]) {
    if (lane_index() != 0) return;
#pragma unroll
    for (int m = 0; m < CODEBOOKS; m++) codes_of(p, row, column)[(i64)m * p.rows * (p.columns / DIMENSION)] = codes[m];
}

constexpr int SEARCH_SHARED_BYTES = CODEBOOKS * DIMENSION * CODEWORDS * sizeof(float) + SEARCH_WARPS * sizeof(WarpState);
