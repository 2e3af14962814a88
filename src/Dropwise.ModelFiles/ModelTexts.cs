namespace Dropwise.ModelFiles;

/// <summary>The JSON texts that go with a model's tensors: files of a Hugging Face folder, strings in a Dropwise checkpoint.</summary>
/// <param name="Config">The text of <c>config.json</c>.</param>
/// <param name="Tokenizer">The text of <c>tokenizer.json</c>, or null where the model has none.</param>
/// <param name="TokenizerConfig">The text of <c>tokenizer_config.json</c>, or null.</param>
/// <param name="GenerationConfig">The text of <c>generation_config.json</c>, or null.</param>
public sealed record ModelTexts(string Config, string? Tokenizer = null, string? TokenizerConfig = null, string? GenerationConfig = null)
{
    /// <summary>Why there is no tokenizer although the model comes with one, or null.</summary>
    public string? TokenizerProblem { get; init; }
}
