// f(gate) * up, the middle of SwiGLU or GeGLU, straight into the form that the down projection reads.
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
        for (int i = 0; i < LANE_INPUTS; i++) values[i] = activate(values[i], factors[i]);
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

// f(up), where nothing gates.
struct ActiveSource {
    const float* up;     // [tokens][columns]
    int columns;

    DEVICE void prepare(int, int) {}

    DEVICE float begin(int token, const ActivationForm& form) { return largest_magnitude(*this, token, form); }

    DEVICE void load(int token, int column, float (&values)[LANE_INPUTS]) const {
        load_eight(up + (size_t)token * columns + column, values);
#pragma unroll
        for (int i = 0; i < LANE_INPUTS; i++) values[i] = activate(values[i], 1.0f);
    }
};

struct ActiveArguments {
    ActivationForm form;
    const float* up;     // [tokens][form.columns]
};

static_assert(sizeof(ActiveArguments) == 88, "ActiveArguments must match its C# twin");

extern "C" __global__ void __launch_bounds__(FORM_THREADS) active_form(const __grid_constant__ ActiveArguments p) {
    make_form(ActiveSource{p.up, p.form.columns}, p.form);
}
