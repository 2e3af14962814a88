using System.CommandLine;
using Dropwise.Cli.Models;

namespace Dropwise.Cli.Hosting;

/// <summary>The model that a verb works on.</summary>
internal static class ModelArgument
{
    /// <summary>A Hugging Face folder or a Dropwise file; the default model where none is named.</summary>
    /// <param name="name">As the help text calls it.</param>
    public static Argument<string> Create(string name) => new(name)
    {
        Description = "A Hugging Face folder or a Dropwise file; without one, the model that comes with Dropwise.",
        DefaultValueFactory = static _ => DefaultModel.Find(),
    };
}
