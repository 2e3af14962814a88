using Dropwise.ModelFiles;
using Dropwise.Quantization.EndToEnd;
using Dropwise.Quantization.EndToEnd.Codes;
using Dropwise.Quantization.Models.Journal;
using Dropwise.Quantization.Tuning;

namespace Dropwise.Quantization.Tests.Models;

/// <summary>What a run that tunes may not be gone on with is named by the option that differs, in one line.</summary>
public sealed class RunIdentityTests : IDisposable
{
    private readonly TinyModel _model = new();

    public static TheoryData<string, EndToEndOptions> Changes => new()
    {
        { "--balance 1, not 0.5", Tuned with { Balance = 0.5 } },
        { "--checks 5, not 9", Tuned with { Checks = 9 } },
        { "--optimizer adam, not lamb", Tuned with { Optimizer = ValueOptimizer.Lamb } },
        { "--method pv, not p", Tuned with { Codes = null } },
        { "--method pv, not ste", Tuned with { Codes = CodeTuningOptions.StraightThrough } },
        { "--code-rate 0.003, not 0.01", Tuned with { Codes = new CodeTuningOptions { Rate = 0.01 } } },
        { "--code-decay cosine, not linear", Tuned with { Codes = new CodeTuningOptions { Decay = RateDecay.Linear } } },
        { "--code-every 1, not 4", Tuned with { Codes = new CodeTuningOptions { Every = 4 } } },
        { "--trust 0.01, not 0", Tuned with { Codes = new CodeTuningOptions { TrustRatio = null } } },
        { "--samples and --drawn together 2, not 1", Tuned with { Windows = Tuned.Windows[..1] } },
        { "--context 3, not 2", Tuned with { Windows = [[1, 2], [3, 4]] } },
        { "another --text", Tuned with { Windows = [[1, 2, 3], [4, 5, 7]] } },
        { "set of other options", Tuned with { HeldOutOf = 4 } },
    };

    private static EndToEndOptions Tuned { get; } = new() { Windows = [[1, 2, 3], [4, 5, 6]], Codes = new CodeTuningOptions() };

    public void Dispose() => _model.Dispose();

    [Theory]
    [MemberData(nameof(Changes), DisableDiscoveryEnumeration = true)]
    public void An_option_that_differs_is_named(string named, EndToEndOptions changed)
    {
        using ModelFolder model = _model.Open();
        RunIdentity begun = RunIdentity.Of(model, model, Tuned);
        Assert.Null(RunIdentity.Of(model, model, Tuned with { Workers = 1 }).Difference(begun));
        string difference = RunIdentity.Of(model, model, changed).Difference(begun)!;
        Assert.Contains(named, difference, StringComparison.Ordinal);
        Assert.DoesNotContain("Options {", difference, StringComparison.Ordinal);
    }
}
