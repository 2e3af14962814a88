using System.Text.Json;

namespace Dropwise.ModelFiles;

/// <summary>Rotary position embedding as GGUF metadata have it, written as a configuration has it.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="architecture">The architecture.</param>
/// <param name="metadata">The metadata.</param>
/// <param name="json">Receives the fields.</param>
internal sealed class GgufRope(string path, GgufArchitecture architecture, GgufMetadata metadata, Utf8JsonWriter json)
{
    private const double DefaultBase = 10000;

    // What llama.cpp takes for Gemma 3 where a file does not say.
    private const double DefaultBaseOfWindows = 10000;

    /// <summary>Writes the fields.</summary>
    /// <param name="divisors">The tensor <c>rope_freqs.weight</c>, or null.</param>
    /// <exception cref="ModelFileException">A key is of another type, or the scaling is not supported.</exception>
    public void Write(GgufTensor? divisors)
    {
        if (architecture.Interleaves) json.WriteBoolean("rope_interleave", true);
        json.WriteStartObject("rope_parameters");
        if (architecture.HasLocalRope)
        {
            // Only the layers without a window are scaled.
            json.WriteStartObject(DecoderFields.Sliding);
            json.WriteNumber("rope_theta", Find(GgufKeys.RopeBaseOfWindows)?.Number() ?? DefaultBaseOfWindows);
            json.WriteEndObject();
            json.WriteStartObject(DecoderFields.Full);
            WriteScaled(divisors);
            json.WriteEndObject();
        }
        else
        {
            WriteScaled(divisors);
        }

        json.WriteEndObject();
    }

    private GgufValue? Find(string key) => metadata.Find($"{architecture.Name}.{key}");

    private void WriteScaled(GgufTensor? divisors)
    {
        double theta = Find(GgufKeys.RopeBase)?.Number() ?? DefaultBase;
        json.WriteNumber("rope_theta", theta);
        if (divisors is not null)
        {
            WriteLlama3(Llama3Divisors.Recognize(path, theta, divisors));
            return;
        }

        double? older = Find(GgufKeys.RopeOlderFactor)?.Number();
        string kind = Find(GgufKeys.RopeScaling)?.Text() ?? (older is null or 1 ? "none" : "linear");
        json.WriteString("rope_type", kind == "none" ? "default" : kind);
        double? factor = Find(GgufKeys.RopeFactor)?.Number() ?? older;
        if (factor is { } known) json.WriteNumber("factor", known);
        if (Find(GgufKeys.RopeOriginalContext) is { } positions) json.WriteNumber("original_max_position_embeddings", positions.Integer());
        if (kind != "yarn") return;
        if (Find(GgufKeys.RopeFastTurns) is { } fast) json.WriteNumber("beta_fast", fast.Number());
        if (Find(GgufKeys.RopeSlowTurns) is { } slow) json.WriteNumber("beta_slow", slow.Number());

        // Llama.cpp multiplies what a file says by the factor that the paper found, which a configuration gives as a whole.
        if (Find(GgufKeys.RopeAttentionFactor) is { } attention)
            json.WriteNumber("attention_factor", attention.Number() * YarnRopeScaling.AttentionFactorOf(factor ?? 1));
    }

    private void WriteLlama3(Llama3RopeScaling scaling)
    {
        json.WriteString("rope_type", "llama3");
        json.WriteNumber("factor", scaling.Factor);
        json.WriteNumber("low_freq_factor", scaling.LowFrequencyFactor);
        json.WriteNumber("high_freq_factor", scaling.HighFrequencyFactor);
        json.WriteNumber("original_max_position_embeddings", scaling.OriginalPositions);
    }
}
