using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Dropwise.Cpu;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.EndToEnd;

namespace Dropwise.Quantization.Models.Journal;

/// <summary>
/// Everything that the result of a calibrated run depends on, by the name of the option that decides it: a run may only be gone on with where all of it is the
/// same. The number of threads is not among it.
/// </summary>
/// <param name="Entries">Names and values, in the order in which they are compared.</param>
internal sealed record RunIdentity(ImmutableArray<(string Name, string Value)> Entries)
{
    /// <summary>What values begin with that are fingerprints and mean nothing to people.</summary>
    public const string DigestPrefix = "sha256:";

    private const string None = "none";

    // Enough of a tensor to tell a model from one that was trained on: hardly a weight stays as it was.
    private const int TensorBytes = 1 << 16;

    /// <summary>The identity of a run.</summary>
    /// <param name="source">The model.</param>
    /// <param name="options">The options, with calibration.</param>
    /// <param name="choices">What becomes of each weight: its name, format, method and level weights.</param>
    public static RunIdentity Of(ModelSource source, ModelQuantizationOptions options, IEnumerable<string> choices)
    {
        CalibrationOptions calibration = options.Calibration!;
        var recipe = new Digest();
        foreach (string choice in choices) recipe.Add(choice);
        recipe.Add(string.Join(',', options.Recipe?.Levels ?? []));
        return new RunIdentity(
        [
            ("program", typeof(RunIdentity).Assembly.GetName().Version?.ToString() ?? "unknown"),
            ("instruction set", CpuFeatures.NameOf(CpuFeatures.Selected)),
            ("model", DigestOf(source)),
            ("--format", options.Format?.Descriptor.Name ?? None),
            ("--head", options.HeadFormat?.Descriptor.Name ?? None),
            ("--method", calibration.Method?.Name ?? "that of each format"),
            ("--seed", Invariant($"{options.Additive.Seed}")),
            ("--weights", options.Additive.LevelWeights.Name),
            ("--bits", Invariant($"{options.Spqr.Bits}") is { Length: > 0 } bits ? bits : None),
            ("--device", options.Device is null ? "cpu" : "cuda"),
            ("--blend", Invariant($"{calibration.Blend}") is { Length: > 0 } blend ? blend : "auto"),
            ("--block-tuning", Invariant($"{calibration.Tuning?.Steps ?? 0}")),
            ("--samples", Invariant($"{calibration.Windows.Length}")),
            ("--context", Invariant($"{calibration.Windows.Max(static window => window.Length)}")),
            ("--recipe", options.Recipe is null ? None : $"{recipe}"),
            ("--calibration text", DigestOf(calibration.Windows)),
            ("set of other options", Invariant($"{options.Additive} {options.Gptq} {options.Spqr} {calibration.Tuning}")),
        ]);
    }

    /// <summary>The identity of a run that tunes a checkpoint.</summary>
    /// <param name="source">The checkpoint.</param>
    /// <param name="reference">What it is compared with.</param>
    /// <param name="options">The options, with levels.</param>
    public static RunIdentity Of(ModelSource source, ModelSource reference, EndToEndOptions options) => new(
    [
        ("program", typeof(RunIdentity).Assembly.GetName().Version?.ToString() ?? "unknown"),
        ("instruction set", CpuFeatures.NameOf(CpuFeatures.Selected)),
        ("file", DigestOf(source)),
        ("--reference", DigestOf(reference)),
        ("--device", options.Device is null ? "cpu" : "cuda"),
        ("--exact", options.IsExact ? "given" : None),
        ("--levels", string.Join(',', options.Levels)),
        ("--steps", Invariant($"{options.Steps}")),
        ("--batch", Invariant($"{options.Batch}")),
        ("--rate", Invariant($"{options.Rate}")),
        ("--seed", Invariant($"{options.Seed}")),
        ("--samples", Invariant($"{options.Windows.Length}")),
        ("--text", DigestOf(options.Windows)),
        ("set of options for codes", Invariant($"{options.Codes}") is { Length: > 0 } codes ? codes : None),
        ("set of other options", Invariant($"{options.Optimizer} {options.FirstDecay} {options.SecondDecay} {options.Checks} {options.HeldOutOf} {options.MostHeldOut}")),
    ]);

    /// <summary>What of another run is not as it is here, as the end of a sentence about its folder; null where all is the same.</summary>
    /// <param name="begun">The other run.</param>
    public string? Difference(RunIdentity begun)
    {
        foreach ((string name, string value) in Entries)
        {
            string before = begun.Entries.FirstOrDefault(entry => entry.Name == name).Value ?? None;
            if (before == value) continue;
            return before.StartsWith(DigestPrefix, StringComparison.Ordinal) || value.StartsWith(DigestPrefix, StringComparison.Ordinal)
                ? $"was begun with another {name}"
                : $"was begun with {name} {before}, not {value}";
        }

        return null;
    }

    private static string DigestOf(ImmutableArray<ImmutableArray<int>> windows)
    {
        var digest = new Digest();
        foreach (ImmutableArray<int> window in windows) digest.Add(window.AsSpan());
        return $"{digest}";
    }

    private static string DigestOf(ModelSource source)
    {
        var digest = new Digest();
        digest.Add(source.Texts.Config);
        foreach (TensorView tensor in source.Tensors)
        {
            digest.Add(Invariant($"{tensor.Name} {tensor.Type} {string.Join(',', tensor.Shape)}"));
            digest.Add(tensor.Bytes(0, (int)Math.Min(tensor.ByteLength, TensorBytes)));
        }

        foreach (CheckpointMatrix matrix in source.Matrices.Values.OrderBy(static matrix => matrix.Name, StringComparer.Ordinal))
        {
            var row = new float[matrix.Columns];
            matrix.DecodeRows(0, row);
            digest.Add(Invariant($"{matrix.Name} {matrix.Row.Descriptor.Name} {matrix.Rows},{matrix.Columns}"));
            digest.Add(MemoryMarshal.AsBytes(row.AsSpan()));
        }

        return $"{digest}";
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
