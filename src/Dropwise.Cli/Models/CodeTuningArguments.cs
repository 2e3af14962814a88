using System.CommandLine;
using Dropwise.Cli.Hosting;
using Dropwise.Quantization.EndToEnd;
using Dropwise.Quantization.EndToEnd.Codes;

namespace Dropwise.Cli.Models;

/// <summary>The options that say how codes are tuned: <c>--method</c> and all that only some of the methods read.</summary>
internal sealed class CodeTuningArguments
{
    private static readonly CodeTuningOptions Default = new();

    private readonly Option<string> _method = Choice(
        "--method",
        "pv tunes codes too, in the subspace of the groups that want to change most; ste all codes in every step, straight through; p leaves codes as they are.", "pv", "ste", "p");

    private readonly Option<string> _metric = Choice(
        "--metric", "Method pv: how changes of weights are measured: plain, all alike, or inputs, additive codes by what they change of a map's output.", "plain", "inputs");

    private readonly Option<double> _rate = Number("--code-rate", "How far the weights behind the codes of a matrix go in one of the first V steps, in parts of its size.", Default.Rate);
    private readonly Option<string> _decay = Choice("--code-decay", "How --code-rate falls: cosine, linear or constant.", "cosine", "linear", "constant");
    private readonly Option<int> _every = new("--code-every")
    {
        Description = "Codes change after every so many steps, by the gradients of all of them.", DefaultValueFactory = static _ => Default.Every,
    };

    private readonly Option<double> _momentum = Number("--code-momentum", "How much of the mean of gradients a V step keeps, below 1.", Default.FirstDecay);
    private readonly Option<string> _rounding = Choice("--rounding", "Which codes weights get: the nearest, or one of the nearest two at random (stochastic).", "nearest", "stochastic");
    private readonly Option<double> _share = Number("--share", "Method pv: the most groups of a matrix that change in a V step, as a share.", Default.Share);
    private readonly Option<double> _trust = Number("--trust", "Method pv: the most that a matrix changes in a V step, in parts of its size; 0 for no bound.", Default.TrustRatio!.Value);
    private readonly Option<double> _pull = Number("--pull", "Method pv: how far weights are drawn back to their codes after a V step, 0 (not at all) to 1 (all the way).", Default.Pull);
    private readonly Option<string> _choice = Choice("--choice", "Method pv: how the groups are chosen, greedy, proportional or uniform.", "greedy", "proportional", "uniform");

    /// <summary>Adds the options to a verb.</summary>
    /// <param name="verb">The verb.</param>
    public CodeTuningArguments(Command verb)
    {
        verb.Add(_method);
        verb.Add(_metric);
        verb.Add(_rate);
        verb.Add(_decay);
        CommonOptions.RequireAtLeast(_every, 1);
        verb.Add(_every);
        verb.Add(_momentum);
        verb.Add(_rounding);
        verb.Add(_share);
        verb.Add(_trust);
        verb.Add(_pull);
        verb.Add(_choice);
    }

    /// <summary>Reads the options.</summary>
    /// <param name="parsed">The command line.</param>
    /// <returns>How codes are tuned; null where they stay.</returns>
    /// <exception cref="UsageException">A value is out of its range, or is for another method.</exception>
    public CodeTuningOptions? Read(ParseResult parsed)
    {
        RefuseUnread(parsed);
        double trust = Within(parsed, _trust, static value => value >= 0, "at least 0");
        var codes = new CodeTuningOptions
        {
            Metric = parsed.GetValue(_metric) == "inputs" ? CodeMetric.Inputs : CodeMetric.Plain,
            Rate = Within(parsed, _rate, static value => value is > 0 and < 1, "between 0 and 1"),
            Decay = parsed.GetValue(_decay) switch { "linear" => RateDecay.Linear, "constant" => RateDecay.Constant, _ => RateDecay.Cosine },
            Every = parsed.GetValue(_every),
            FirstDecay = Within(parsed, _momentum, static value => value is >= 0 and < 1, "at least 0 and less than 1"),
            Share = Within(parsed, _share, static value => value is > 0 and <= 1, "more than 0 and at most 1"),
            TrustRatio = trust == 0 ? null : trust,
            Pull = Within(parsed, _pull, static value => value is >= 0 and <= 1, "0 to 1"),
            Choice = parsed.GetValue(_choice) switch { "proportional" => GroupChoice.Proportional, "uniform" => GroupChoice.Uniform, _ => GroupChoice.Greedy },
            Rounding = parsed.GetValue(_rounding) == "stochastic" ? CodeRounding.Stochastic : CodeRounding.Nearest,
        };
        return parsed.GetValue(_method) switch
        {
            "p" => null,
            "ste" => codes with { Share = CodeTuningOptions.StraightThrough.Share, TrustRatio = CodeTuningOptions.StraightThrough.TrustRatio },
            _ => codes,
        };
    }

    // What the method asked for does not read is a mistake that should not stay unnoticed.
    private void RefuseUnread(ParseResult parsed)
    {
        string method = parsed.GetRequiredValue(_method);
        Option[] subspace = [_share, _trust, _pull, _choice];
        Option[] unread = method switch { "p" => [_metric, _rate, _decay, _every, _momentum, _rounding, .. subspace], "ste" => [_metric, .. subspace], _ => [] };
        foreach (Option option in unread)
        {
            if (CommonOptions.IsGiven(parsed, option)) throw new UsageException($"{option.Name} is not for --method {method}");
        }
    }

    private static double Within(ParseResult parsed, Option<double> option, Func<double, bool> allows, string range)
    {
        double value = parsed.GetValue(option);
        return allows(value) ? value : throw new UsageException($"{option.Name} is {value}; it must be {range}");
    }

    private static Option<double> Number(string name, string description, double value) => new(name) { Description = description, DefaultValueFactory = _ => value };

    private static Option<string> Choice(string name, string description, params string[] values)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => values[0] };
        option.AcceptOnlyFromAmong(values);
        return option;
    }
}
