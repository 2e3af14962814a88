// The activation of feed-forward networks there and back; `function` is the number of Dropwise.Cpu.ActivationFunction.

// f(x), and its slope.
DEVICE float2 activation_with_slope(int function, float x) {
    if (function == 1) {
        const float area = 0.5f * (1.0f + erff(x * 0.707106781f));
        return make_float2(x * area, area + x * 0.398942280f * expf(-0.5f * x * x));
    }

    if (function == 2) {
        // x * (1 + tanh(u)) / 2 is x times the logistic function of 2u, with 2u = sqrt(8 / pi) * (x + 0.044715 x^3).
        const float logistic = 1.0f / (1.0f + expf(-1.59576912f * (x + 0.044715f * x * x * x)));
        return make_float2(x * logistic, logistic + x * logistic * (1.0f - logistic) * 1.59576912f * (1.0f + 0.134145f * x * x));
    }

    const float logistic = 1.0f / (1.0f + expf(-x));
    return make_float2(x * logistic, logistic * (1.0f + x * (1.0f - logistic)));
}

// f(gate) * up, or f(up) where nothing gates.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) activate_values(int function, const float* gates, const float* ups, float* inner, i64 count) {
    for (i64 i = grid_index(); i < count; i += grid_step())
        inner[i] = gates == nullptr ? activation_with_slope(function, ups[i]).x : activation_with_slope(function, gates[i]).x * ups[i];
}

// Gates and ups become their gradients.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) activate_values_back(int function, float* gates, float* ups, const float* dinner, i64 count) {
    for (i64 i = grid_index(); i < count; i += grid_step()) {
        const float2 f = activation_with_slope(function, gates == nullptr ? ups[i] : gates[i]);
        if (gates == nullptr) {
            ups[i] = dinner[i] * f.y;
            continue;
        }

        gates[i] = dinner[i] * ups[i] * f.y;
        ups[i] = dinner[i] * f.x;
    }
}
