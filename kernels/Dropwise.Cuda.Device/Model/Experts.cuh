// Tokens on their way into an expert and out of it. A place is one token's choice of one expert, numbered token * used + i; the places of one
// expert lie beside each other in a list.

// Rows of tokens that chose an expert.
struct PlaceSource {
    const float* x;      // [tokens][stride]
    const int* places;   // of the rows to make; null for the rows as they are
    int used;
    int stride;

    DEVICE void prepare(int, int) {}

    DEVICE float begin(int row, const ActivationForm& form) { return largest_magnitude(*this, row, form); }

    DEVICE void load(int row, int column, float (&values)[LANE_INPUTS]) const {
        load_eight(x + (size_t)(places == nullptr ? row : places[row] / used) * stride + column, values);
    }
};

struct PlaceArguments {
    ActivationForm form;
    const float* x;      // [tokens][stride]
    const int* places;   // [form.tokens], or null for the tokens as they are
    int used;
    int stride;          // floats, a multiple of 4
};

static_assert(sizeof(PlaceArguments) == 104, "PlaceArguments must match its C# twin");

extern "C" __global__ void __launch_bounds__(FORM_THREADS) place_form(const __grid_constant__ PlaceArguments p) {
    make_form(PlaceSource{p.x, p.places, p.used, p.stride}, p.form);
}

// f(gate) * up times the weight of the expert: the down projection is linear, so that its results only need to be added up.
struct ExpertGateSource {
    GateSource gate;
    const float* weights;
    const int* places;

    DEVICE void prepare(int, int) {}

    DEVICE float begin(int row, const ActivationForm& form) { return largest_magnitude(*this, row, form); }

    DEVICE void load(int row, int column, float (&values)[LANE_INPUTS]) const {
        gate.load(row, column, values);
        const float weight = weights[places == nullptr ? row : places[row]];
#pragma unroll
        for (int i = 0; i < LANE_INPUTS; i++) values[i] *= weight;
    }
};

struct ExpertGateArguments {
    ActivationForm form;
    const float* gate;      // [rows][form.columns]
    const float* up;        // [rows][form.columns]
    const float* weights;   // of the places
    const int* places;      // [form.tokens], or null where row i has weight i
};

static_assert(sizeof(ExpertGateArguments) == 112, "ExpertGateArguments must match its C# twin");

extern "C" __global__ void __launch_bounds__(FORM_THREADS) expert_gate_form(const __grid_constant__ ExpertGateArguments p) {
    make_form(ExpertGateSource{{p.gate, p.up, p.form.columns}, p.weights, p.places}, p.form);
}

constexpr int SCATTER_THREADS = 256;

struct ScatterArguments {
    float* y;            // [tokens][columns]
    const float* x;      // [rows][columns], the outputs of one expert
    const int* places;   // [rows]
    int used;
    int columns;
};

static_assert(sizeof(ScatterArguments) == 32, "ScatterArguments must match its C# twin");

// Adds the outputs of one expert to their tokens. Blocks (x: columns, y: a row); a token chooses an expert once, so that no two rows meet.
extern "C" __global__ void __launch_bounds__(SCATTER_THREADS) scatter_rows(const __grid_constant__ ScatterArguments p) {
    launch_dependents();
    wait_for_inputs();
    const int column = blockIdx.x * SCATTER_THREADS + threadIdx.x, row = blockIdx.y;
    if (column < p.columns) p.y[(size_t)(p.places[row] / p.used) * p.columns + column] += p.x[(size_t)row * p.columns + column];
}
