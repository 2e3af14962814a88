// SiLU(gate) * up, the middle of SwiGLU, straight into the form that the down projection reads.
struct GateSource {
    const float* gate;   // [tokens][columns]
    const float* up;     // [tokens][columns]
    int columns;

    DEVICE void prepare(int, int) {}

    DEVICE float begin(int token, const ActivationForm& form) { return largest_magnitude(*this, token, form); }

    DEVICE void load(int token, int column, float (&values)[LANE_INPUTS]) const {
        float factors[LANE_INPUTS];
        load_eight(gate + (size_t)token * columns + column, values);
        load_eight(up + (size_t)token * columns + column, factors);
#pragma unroll
        for (int i = 0; i < LANE_INPUTS; i++) values[i] = values[i] * factors[i] / (1.0f + expf(-values[i]));
    }
};

struct GateArguments {
    ActivationForm form;
    const float* gate;   // [tokens][form.columns]
    const float* up;     // [tokens][form.columns]
};

static_assert(sizeof(GateArguments) == 96, "GateArguments must match its C# twin");

extern "C" __global__ void __launch_bounds__(FORM_THREADS) gate_form(const __grid_constant__ GateArguments p) {
    make_form(GateSource{p.gate, p.up, p.form.columns}, p.form);
}

// Float32 values as they are: the output of prefill attention on its way into the output projection.
struct ValueSource {
    const float* values;   // [tokens][columns]
    int columns;

    DEVICE void prepare(int, int) {}

    DEVICE float begin(int token, const ActivationForm& form) { return largest_magnitude(*this, token, form); }

    DEVICE void load(int token, int column, float (&loaded)[LANE_INPUTS]) const {
        load_eight(values + (size_t)token * columns + column, loaded);
    }
};

struct ValueArguments {
    ActivationForm form;
    const float* values;   // [tokens][form.columns]
};

static_assert(sizeof(ValueArguments) == 88, "ValueArguments must match its C# twin");

extern "C" __global__ void __launch_bounds__(FORM_THREADS) value_form(const __grid_constant__ ValueArguments p) {
    make_form(ValueSource{p.values, p.form.columns}, p.form);
}
