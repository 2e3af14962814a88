using Dropwise.Cuda;

namespace Dropwise.Inference.Cuda;

/// <summary>The router's scores: 40 bytes, as <c>struct RouterArguments</c> of the device code.</summary>
internal struct RouterArguments
{
    /// <summary>Float32 [tokens][stride].</summary>
    public nint X;

    /// <summary>Float32 [experts][columns].</summary>
    public nint Weight;

    /// <summary>Float32 [tokens][experts]: receives the scores.</summary>
    public nint Scores;

    /// <summary>Floats from one token to the next.</summary>
    public int Stride;

    /// <summary>Elements of a token.</summary>
    public int Columns;

    /// <summary>Experts.</summary>
    public int Experts;
}

/// <summary>The choice of experts: 40 bytes, as <c>struct ChoiceArguments</c> of the device code.</summary>
internal struct ChoiceArguments
{
    /// <summary>Float32 [tokens][experts].</summary>
    public nint Scores;

    /// <summary>Int32 [tokens][used]: receives the experts.</summary>
    public nint Chosen;

    /// <summary>Float32 [tokens][used]: receives their weights.</summary>
    public nint Weights;

    /// <summary>Experts.</summary>
    public int Experts;

    /// <summary>Experts of a token.</summary>
    public int Used;

    /// <summary>1 where the weights of a token sum to one.</summary>
    public int Normalized;
}

/// <summary>Rows of tokens into a form: 104 bytes. A place is one token's choice of one expert, numbered token · used + i.</summary>
internal struct PlaceArguments : IFormArguments
{
    private ActivationFormArguments _form;

    /// <summary>Float32 [tokens][stride].</summary>
    public nint X;

    /// <summary>Int32: the places whose tokens are read; 0 for the tokens as they are.</summary>
    public nint Places;

    /// <summary>Experts of a token.</summary>
    public int Used;

    /// <summary>Floats from one token to the next.</summary>
    public int Stride;

    public static string Kernel => "place_form";

    public ActivationFormArguments Form { set => _form = value; }
}

/// <summary>f(gate) · up · the expert's weight into a form: 112 bytes.</summary>
internal struct ExpertGateArguments : IFormArguments
{
    private ActivationFormArguments _form;

    /// <summary>Float32 [rows][K].</summary>
    public nint Gate;

    /// <summary>Float32 [rows][K].</summary>
    public nint Up;

    /// <summary>Float32: the weights of the places.</summary>
    public nint Weights;

    /// <summary>Int32: the place of each row; 0 where row i has weight i.</summary>
    public nint Places;

    public static string Kernel => "expert_gate_form";

    public ActivationFormArguments Form { set => _form = value; }
}

/// <summary>The outputs of one expert added to their tokens: 32 bytes, as <c>struct ScatterArguments</c> of the device code.</summary>
internal struct ScatterArguments
{
    /// <summary>Float32 [tokens][columns], added to.</summary>
    public nint Y;

    /// <summary>Float32 [rows][columns].</summary>
    public nint X;

    /// <summary>Int32 [rows]: the place of each row.</summary>
    public nint Places;

    /// <summary>Experts of a token.</summary>
    public int Used;

    /// <summary>Elements of a token.</summary>
    public int Columns;
}
