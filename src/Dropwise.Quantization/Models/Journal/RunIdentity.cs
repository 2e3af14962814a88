using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Dropwise.Cpu;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.EndToEnd;
using Dropwise.Quantization.EndToEnd.Codes;

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

    /// <summary>The name of the entry that says by which revision of the algorithms a run goes.</summary>
    public const string RevisionName = "revision of the algorithms";

    // Raised whenever a change of the program makes other bytes of the same options: a run begun before would else be gone on with half by the old ways and half by the new.
    private const int QuantizerRevision = 2;
    private const int TunerRevision = 1;

    private const string None = "none";

    // Enough of a tensor to tell a model from one that was trained on: hardly a weight stays as it was.
    private const int TensorBytes = 1 << 16;

    private static string Program => typeof(RunIdentity).Assembly.GetName().Version?.ToString() ?? "unknown";

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
            ("program", Program),
            (RevisionName, Invariant($"{QuantizerRevision}")),
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
        ("program", Program),
        (RevisionName, Invariant($"{TunerRevision}")),
        ("instruction set", CpuFeatures.NameOf(CpuFeatures.Selected)),
        ("file", DigestOf(source)),
        ("--reference", DigestOf(reference)),
        ("--device", options.Device is null ? "cpu" : "cuda"),
        ("--exact", options.IsExact ? "given" : None),
        ("--levels", string.Join(',', options.Levels)),
        ("--balance", Invariant($"{options.Balance}")),
        ("--steps", Invariant($"{options.Steps}")),
        ("--batch", Invariant($"{options.Batch}")),
        ("--rate", Invariant($"{options.Rate}")),
        ("--seed", Invariant($"{options.Seed}")),
        ("--checks", Invariant($"{options.Checks}")),
        ("--optimizer", Invariant($"{options.Optimizer}").ToLowerInvariant()),
        .. OfCodes(options.Codes),
        ("--samples and --drawn together", Invariant($"{options.Windows.Length}")),
        ("--context", Invariant($"{options.Windows.Max(static window => window.Length)}")),
        ("--text", DigestOf(options.Windows)),
        ("set of other options", Invariant($"{options.FirstDecay} {options.SecondDecay} {options.HeldOutOf} {options.MostHeldOut} {options.Codes?.SecondDecay}")),
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

    // The method first: one that leaves codes alone has none of the others, which are then not what differs.
    private static (string Name, string Value)[] OfCodes(CodeTuningOptions? codes) => codes is null ? [("--method", "p")] :
    [
        ("--method", codes == codes with { Share = CodeTuningOptions.StraightThrough.Share, TrustRatio = CodeTuningOptions.StraightThrough.TrustRatio } ? "ste" : "pv"),
        ("--metric", Invariant($"{codes.Metric}").ToLowerInvariant()),
        ("--code-rate", Invariant($"{codes.Rate}")),
        ("--code-decay", Invariant($"{codes.Decay}").ToLowerInvariant()),
        ("--code-every", Invariant($"{codes.Every}")),
        ("--code-momentum", Invariant($"{codes.FirstDecay}")),
        ("--rounding", Invariant($"{codes.Rounding}").ToLowerInvariant()),
        ("--share", Invariant($"{codes.Share}")),
        ("--trust", Invariant($"{codes.TrustRatio ?? 0}")),
        ("--pull", Invariant($"{codes.Pull}")),
        ("--choice", Invariant($"{codes.Choice}").ToLowerInvariant()),
    ];

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
