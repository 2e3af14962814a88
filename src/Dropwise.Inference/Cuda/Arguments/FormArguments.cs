using Dropwise.Cuda;

namespace Dropwise.Inference.Cuda;

/// <summary>A root-mean-square norm into a form: 104 bytes.</summary>
internal struct NormArguments : IFormArguments
{
    private ActivationFormArguments _form;

    /// <summary>Float32 [tokens][K], the residual stream.</summary>
    public nint X;

    /// <summary>Float32 [K].</summary>
    public nint Weight;

    /// <summary>What is added to the mean square.</summary>
    public float Epsilon;

    public static string Kernel => "norm_form";

    public static bool ReadsWholeTokens => true;

    public ActivationFormArguments Form { set => _form = value; }
}

/// <summary>The norm of a layer into a form: 112 bytes.</summary>
internal struct LayerNormArguments : IFormArguments
{
    private ActivationFormArguments _form;

    /// <summary>Float32 [tokens][K], the residual stream.</summary>
    public nint X;

    /// <summary>Float32 [K].</summary>
    public nint Weight;

    /// <summary>Float32 [K].</summary>
    public nint Bias;

    /// <summary>What is added to the variance.</summary>
    public float Epsilon;

    public static string Kernel => "layer_norm_form";

    public static bool ReadsWholeTokens => true;

    public ActivationFormArguments Form { set => _form = value; }
}

/// <summary>f(up) into a form, where nothing gates: 88 bytes.</summary>
internal struct ActiveArguments : IFormArguments
{
    private ActivationFormArguments _form;

    /// <summary>Float32 [tokens][K].</summary>
    public nint Up;

    public static string Kernel => "active_form";

    public ActivationFormArguments Form { set => _form = value; }
}

/// <summary>f(gate) · up into a form: 96 bytes.</summary>
internal struct GateArguments : IFormArguments
{
    private ActivationFormArguments _form;

    /// <summary>Float32 [tokens][K].</summary>
    public nint Gate;

    /// <summary>Float32 [tokens][K].</summary>
    public nint Up;

    public static string Kernel => "gate_form";

    public ActivationFormArguments Form { set => _form = value; }
}

/// <summary>The splits of decode attention put together into a form: 120 bytes.</summary>
internal struct CombineArguments : IFormArguments
{
    private ActivationFormArguments _form;

    /// <summary>Float32 [tokens][heads][splits][dimension].</summary>
    public nint Partial;

    /// <summary>Float32 [tokens][heads][splits][2].</summary>
    public nint Statistics;

    /// <summary>Int32: the position of the first token.</summary>
    public nint Position;

    /// <summary>Query heads.</summary>
    public int Heads;

    /// <summary>Splits of a launch.</summary>
    public int Splits;

    /// <summary>As of the attention.</summary>
    public int Window;

    public static string Kernel => "attended_form";

    public ActivationFormArguments Form { set => _form = value; }
}
