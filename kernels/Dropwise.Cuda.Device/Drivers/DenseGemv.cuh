// y = W x of unquantized weights for few tokens, in float32: bound by the bytes of W. A block takes `Rows` rows and its warps a slice of the
// inputs each, so that short matrices still fill the device; slices are summed in the order of the warps.
template <typename Element, int Tokens, int Rows>
struct DenseGemv {
    static constexpr int warps = 4;
    static constexpr int threads = warps * warp_lanes;
    static constexpr int run_columns = warp_lanes * 8;
    static constexpr int shared_bytes = warps * Rows * Tokens * 4;
    static constexpr KernelLaunch launch = {threads, Rows, Tokens, shared_bytes, 0, 0};

    static DEVICE void add_products(float (&sums)[Rows][Tokens], const DenseRun<Element> (&runs)[Rows], const float* x, int x_stride, int tokens) {
        FloatFragment weights[Rows];
#pragma unroll
        for (int row = 0; row < Rows; row++) runs[row].decode(weights[row]);
#pragma unroll
        for (int token = 0; token < Tokens; token++) {
            if (token >= tokens) break;
            const float4 first = *reinterpret_cast<const float4*>(x + static_cast<i64>(token) * x_stride);
            const float4 last = *reinterpret_cast<const float4*>(x + static_cast<i64>(token) * x_stride + 4);
#pragma unroll
            for (int row = 0; row < Rows; row++) {
                const float (&w)[8] = weights[row].values;
                sums[row][token] += w[0] * first.x + w[1] * first.y + w[2] * first.z + w[3] * first.w
                    + w[4] * last.x + w[5] * last.y + w[6] * last.z + w[7] * last.w;
            }
        }
    }

    // p.x: float32 [tokens][Kp], zero past K. grid: a block a tile.
    static DEVICE void run(const Products& p) {
        launch_dependents();
        const ProductTile at = locate_tile(p, blockIdx.x, Rows, Tokens);
        const Matrix& matrix = matrix_of(p, at.matrix);
        const i64 row_bytes = static_cast<i64>(round_up(p.columns, 8)) * (Element::words / 2);
        const float* x = reinterpret_cast<const float*>(p.x);
        auto load = [&](DenseRun<Element> (&runs)[Rows], int column) {
#pragma unroll
            for (int row = 0; row < Rows; row++)
                runs[row] = DenseRun<Element>::load(matrix.streams[0] + min(at.first_row + row, matrix.rows - 1) * row_bytes, column, p.columns);
        };

        // The next run is under way while this one is multiplied; the first ones do not wait for the activations.
        DenseRun<Element> next[Rows];
        int column = warp_index() * run_columns + lane_index() * 8;
        load(next, column);
        wait_for_inputs();
        float sums[Rows][Tokens] = {};
        for (; column < p.columns; column += warps * run_columns) {
            DenseRun<Element> runs[Rows];
#pragma unroll
            for (int row = 0; row < Rows; row++) runs[row] = next[row];
            load(next, column + warps * run_columns);
            add_products(sums, runs, x + static_cast<i64>(at.first_token) * p.padded_columns + column, p.padded_columns, p.tokens - at.first_token);
        }

        float* slices = reinterpret_cast<float*>(dynamic_shared);
#pragma unroll
        for (int row = 0; row < Rows; row++) {
#pragma unroll
            for (int token = 0; token < Tokens; token++) {
                const float sum = warp_sum(sums[row][token]);
                if (lane_index() == 0) slices[(warp_index() * Rows + row) * Tokens + token] = sum;
            }
        }

        __syncthreads();
        for (int i = threadIdx.x; i < Rows * Tokens; i += threads) {
            const int row = at.first_row + i / Tokens;
            const int token = at.first_token + i % Tokens;
            if (row >= matrix.rows || token >= p.tokens) continue;
            float sum = 0.0f;
#pragma unroll
            for (int warp = 0; warp < warps; warp++) sum += slices[warp * Rows * Tokens + i];
            float* output = matrix.output + static_cast<i64>(token) * matrix.output_stride + row;
            *output = p.add != 0 ? *output + sum : sum;
        }
    }
};
