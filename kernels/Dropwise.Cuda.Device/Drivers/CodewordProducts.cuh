// Products of one codebook's codewords with split activations over a unit, by integer tensor cores. `operand_at(step, half)` is the operand of row g (half 0)
// or g + 8; 512 inputs of 127 times 32512 just fit 32 bits, so that sums become floats only once a unit.

// int8 codewords, rows g and g + 8 together. Tensor cores want independent work: few column tiles have two chains of sums each, four have enough.
template <int Steps, int Tiles, typename OperandAt>
DEVICE void multiply_codewords(const PlaneColumns<Steps, Tiles>& x, float (&y)[Tiles][2], float factor, OperandAt operand_at, ByteOperand) {
    constexpr int chains = Tiles < 4 ? 2 : 1;
    i32 sums[chains][Tiles][4] = {};
#pragma unroll
    for (int step = 0; step < Steps; step += 2) {
        const ByteOperand low = operand_at(step, 0), high = operand_at(step, 1);
        const ByteOperand next_low = operand_at(step + 1, 0), next_high = operand_at(step + 1, 1);
#pragma unroll
        for (int t = 0; t < Tiles; t++) {
            multiply_bytes(sums[0][t], low.first, high.first, low.last, high.last, x.b[t][step][0], x.b[t][step][1]);
            multiply_bytes(sums[chains - 1][t], next_low.first, next_high.first, next_low.last, next_high.last, x.b[t][step + 1][0], x.b[t][step + 1][1]);
        }
    }

#pragma unroll
    for (int t = 0; t < Tiles; t++) {
        if (chains == 2) {
#pragma unroll
            for (int i = 0; i < 4; i++) sums[0][t][i] += sums[chains - 1][t][i];
        }

        y[t][0] += factor * static_cast<float>(sums[0][t][0] * 256 + sums[0][t][1]);
        y[t][1] += factor * static_cast<float>(sums[0][t][2] * 256 + sums[0][t][3]);
    }
}

// int8 codewords whose halves are the rows of A: the registers of a look-up stay where they are. Two steps are one product, and a lane's column tells
// which half's sums are whole.
template <int Steps, int Tiles, typename OperandAt>
DEVICE void multiply_codewords(const HalfColumns<Steps, Tiles>& x, float (&y)[Tiles][2], float factor, OperandAt operand_at, ByteOperand) {
    i32 low[Tiles][4] = {}, high[Tiles][4] = {};
#pragma unroll
    for (int step = 0; step < Steps; step += 2) {
        const ByteOperand first = operand_at(step, 0), second = operand_at(step, 1);
        const ByteOperand next_first = operand_at(step + 1, 0), next_second = operand_at(step + 1, 1);
#pragma unroll
        for (int t = 0; t < Tiles; t++) {
            multiply_bytes(low[t], first.first, first.last, next_first.first, next_first.last, x.b[t][step], x.b[t][step + 1]);
            multiply_bytes(high[t], second.first, second.last, next_second.first, next_second.last, x.b[t][step], x.b[t][step + 1]);
        }
    }

    const bool last = lane_index() % 2 != 0;
#pragma unroll
    for (int t = 0; t < Tiles; t++) {
        y[t][0] += factor * static_cast<float>(last ? low[t][2] * 256 + low[t][3] : low[t][0] * 256 + low[t][1]);
        y[t][1] += factor * static_cast<float>(last ? high[t][2] * 256 + high[t][3] : high[t][0] * 256 + high[t][1]);
    }
}

// 16-bit codewords: their high and low bytes are the two rows of A, and a row of weights is a product of its own.
template <int Steps, int Tiles, typename OperandAt>
DEVICE void multiply_codewords(const PlaneColumns<Steps, Tiles>& x, float (&y)[Tiles][2], float factor, OperandAt operand_at, WordOperand) {
    i32 low[Tiles][4] = {}, high[Tiles][4] = {};
#pragma unroll
    for (int step = 0; step < Steps; step++) {
        const WordOperand first = operand_at(step, 0), second = operand_at(step, 1);
#pragma unroll
        for (int t = 0; t < Tiles; t++) {
            multiply_bytes(low[t], first.high_first, first.low_first, first.high_last, first.low_last, x.b[t][step][0], x.b[t][step][1]);
            multiply_bytes(high[t], second.high_first, second.low_first, second.high_last, second.low_last, x.b[t][step][0], x.b[t][step][1]);
        }
    }

#pragma unroll
    for (int t = 0; t < Tiles; t++) {
        y[t][0] += factor * fmaf(256.0f, static_cast<float>(low[t][0] * 256 + low[t][1]), static_cast<float>(low[t][2] * 256 + low[t][3]));
        y[t][1] += factor * fmaf(256.0f, static_cast<float>(high[t][0] * 256 + high[t][1]), static_cast<float>(high[t][2] * 256 + high[t][3]));
    }
}
