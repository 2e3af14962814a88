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
