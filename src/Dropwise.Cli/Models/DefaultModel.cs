using Dropwise.Cli.Hosting;

namespace Dropwise.Cli.Models;

/// <summary>The model that comes with Dropwise: a Llama of 7.3 million parameters that tells children's stories.</summary>
internal static class DefaultModel
{
    private const string RelativePath = "assets/tiny-stories-7m";

    /// <summary>Its folder: beside the published file, or in the checkout that a development build lies in.</summary>
    /// <exception cref="CommandException">The folder is in neither place.</exception>
    public static string Find()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string candidate = Path.Combine(folder, RelativePath);
            if (Directory.Exists(candidate)) return candidate;
        }

        throw new CommandException($"the default model {RelativePath} is not beside {Environment.ProcessPath}");
    }
}
