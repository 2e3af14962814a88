using System.CommandLine;

namespace Dropwise.Cli.Hosting;

/// <summary>The options that say where a model runs: <c>--device</c>, <c>--gpus</c>, <c>--threads</c> and, where results are compared, <c>--exact</c>.</summary>
internal sealed class EngineOptions
{
    private readonly Option<string> _device = DeviceOption.Create();
    private readonly Option<int> _gpus = new("--gpus") { Description = "CUDA devices that share the model.", DefaultValueFactory = static _ => 1 };
    private readonly Option<int> _threads = CommonOptions.Threads();
    private readonly Option<bool>? _exact;

    /// <summary>Adds the options to a verb.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="exact">Whether the verb takes <c>--exact</c>.</param>
    public EngineOptions(Command verb, bool exact = true)
    {
        CommonOptions.RequireAtLeast(_gpus, 1);
        verb.Add(_device);
        verb.Add(_gpus);
        verb.Add(_threads);
        if (!exact) return;
        _exact = CommonOptions.Exact();
        verb.Add(_exact);
    }

    /// <summary>Refuses the options where nothing runs.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="other">The option that leaves nothing to run.</param>
    /// <exception cref="UsageException">One of them was typed.</exception>
    public void Refuse(ParseResult parsed, Option other)
    {
        foreach (Option? option in (Option?[])[_device, _gpus, _threads, _exact])
        {
            if (option is not null && CommonOptions.IsGiven(parsed, option)) throw new UsageException($"{option.Name} is not for {other.Name}");
        }
    }

    /// <summary>What was asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <exception cref="UsageException">The options contradict each other.</exception>
    public EngineChoice Read(ParseResult parsed)
    {
        var choice = new EngineChoice(
            DeviceOption.IsCuda(parsed.GetValue(_device)), parsed.GetValue(_gpus), parsed.GetValue(_threads), _exact is not null && parsed.GetValue(_exact));
        if (choice is { IsCuda: true, Exact: true })
            throw new UsageException("--exact: float32 activations are the CPU's; --device cuda multiplies 16-bit ones");
        if (choice is { IsCuda: false, Gpus: > 1 }) throw new UsageException("--gpus needs --device cuda");
        return choice;
    }
}

/// <summary>Where a model runs.</summary>
/// <param name="IsCuda">On CUDA devices rather than the processor.</param>
/// <param name="Gpus">Devices that share it.</param>
/// <param name="Threads">Threads of the processor.</param>
/// <param name="Exact">Float32 activations.</param>
internal sealed record EngineChoice(bool IsCuda, int Gpus, int Threads, bool Exact);
