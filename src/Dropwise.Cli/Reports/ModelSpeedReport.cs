namespace Dropwise.Cli.Reports;

/// <summary>The speed of a whole model of random weights.</summary>
/// <param name="Shape">The known model whose shape it has.</param>
/// <param name="Format">The format of the layers.</param>
/// <param name="Head">The format of the head.</param>
/// <param name="Level">The level.</param>
/// <param name="Threads">Threads.</param>
/// <param name="DecodeTokensPerSecond">Generated tokens a second, one after the other.</param>
/// <param name="PromptTokensPerSecond">Tokens of a prompt a second, all at once.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="DecodeGbps">Weights that decoding reads, in 10^9 bytes a second.</param>
internal sealed record ModelSpeedReport(
    string Shape,
    string Format,
    string Head,
    int Level,
    int Threads,
    double DecodeTokensPerSecond,
    double PromptTokensPerSecond,
    int PromptTokens,
    double DecodeGbps)
{
    /// <summary>CUDA devices that shared the model; null on the processor.</summary>
    public int? Gpus { get; init; }

    /// <summary>The speed of decoding as a part of what reading device memory would allow.</summary>
    public double? BandwidthShare { get; init; }

    /// <summary>Time from handing in the prompt until its first token was there.</summary>
    public double? FirstTokenSeconds { get; init; }

    /// <summary>The most device memory that was held, of the device that held most.</summary>
    public long? PeakDeviceBytes { get; init; }
}
