namespace Dropwise.Cuda;

/// <summary>
/// Arguments of a kernel that makes an input of products: the same layout as the device structure of its name, whose form comes first.
/// </summary>
public interface IFormArguments
{
    /// <summary>The entry point.</summary>
    static abstract string Kernel { get; }

    /// <summary>Whether an input depends on all inputs of its token, as after a norm.</summary>
    static virtual bool ReadsWholeTokens => false;

    /// <summary>The form to make.</summary>
    ActivationFormArguments Form { set; }
}
