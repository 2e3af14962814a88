using System.CommandLine;
using Dropwise.Cli.Hosting;
using Dropwise.Cpu;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise emit</c>: the kernel source that the generator wrote for a format.</summary>
internal sealed class EmitVerb : Verb
{
    private readonly Argument<string> _format = new("format") { Description = "A format that `dropwise formats` lists." };
    private readonly Option<string> _engine = new("--engine")
    {
        Description = "scalar, avx2, avx512 or cuda: that engine's kernels; layout: packing and unpacking.",
        DefaultValueFactory = static _ => "avx512",
    };

    /// <summary>Describes the verb.</summary>
    public EmitVerb()
        : base("emit", "The generated kernel source of a format.")
    {
        Add(_format);
        Add(_engine);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        FormatRow row = session.Format(parsed.GetRequiredValue(_format));
        string engine = parsed.GetRequiredValue(_engine);
        try
        {
            session.Terminal.Output.WriteLine(row.Source(engine));
        }
        catch (ArgumentException)
        {
            throw new UsageException($"--engine {engine}: the generator wrote nothing of that name for {row.Descriptor.Name}");
        }

        return ExitCodes.Success;
    }
}
