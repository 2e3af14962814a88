using System.Text.Json.Nodes;
using Dropwise.Testing;

namespace Dropwise.Cli.Tests;

/// <summary>The default model with its first layer only: every step of a command, in a fraction of the time.</summary>
internal static class SmallModel
{
    /// <summary>Writes the model's folder.</summary>
    /// <returns>Its path.</returns>
    public static string Create(TemporaryFolder folder)
    {
        string path = folder.Combine("small");
        Directory.CreateDirectory(path);
        foreach (string name in (string[])["model.safetensors", "tokenizer.json", "tokenizer_config.json", "generation_config.json"])
            File.Copy(Path.Combine(TestData.DefaultModel, name), Path.Combine(path, name));

        // Tensors of the other layers stay in the file: whatever the configuration does not name is carried along.
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(TestData.DefaultModel, "config.json")))!;
        config["num_hidden_layers"] = 1;
        File.WriteAllText(Path.Combine(path, "config.json"), config.ToJsonString());
        return path;
    }
}
