namespace Dropwise.Cuda;

/// <summary>Float32 values into a form: 88 bytes.</summary>
public struct ValueArguments : IFormArguments
{
    private ActivationFormArguments _form;

    /// <summary>Float32 [tokens][K].</summary>
    public nint Values;

    /// <inheritdoc/>
    public static string Kernel => "value_form";

    /// <inheritdoc/>
    public ActivationFormArguments Form { set => _form = value; }
}
