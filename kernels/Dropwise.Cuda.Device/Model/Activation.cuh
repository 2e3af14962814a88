// The activation of the model's feed-forward networks. ACTIVATION is the number of Dropwise.Cpu.ActivationFunction.
constexpr int ACTIVATION_SILU = 0;
constexpr int ACTIVATION_GELU = 1;
constexpr int ACTIVATION_GELU_TANH = 2;

static_assert(ACTIVATION >= ACTIVATION_SILU && ACTIVATION <= ACTIVATION_GELU_TANH, "ACTIVATION must name an activation");

// f(x) * factor.
DEVICE float activate(float x, float factor) {
    if constexpr (ACTIVATION == ACTIVATION_GELU) return 0.5f * x * factor * (1.0f + erff(x * 0.707106781f));

    // x * (1 + tanh(u)) / 2 is x / (1 + e^(-2u)), with u = sqrt(2 / pi) * (x + 0.044715 x^3).
    if constexpr (ACTIVATION == ACTIVATION_GELU_TANH) return x * factor / (1.0f + expf(-1.59576912f * (x + 0.044715f * x * x * x)));
    return x * factor / (1.0f + expf(-x));
}
