using System.CommandLine;
using Dropwise.Cli.Models;

namespace Dropwise.Cli.Hosting;

/// <summary>The model that a verb works on.</summary>
/// <param name="name">As the help text calls it.</param>
internal sealed class ModelArgument(string name)
{
    // The default is looked for where a verb runs, not here: it need not be there for somebody who asks for help.
    private readonly Argument<string?> _argument = new(name)
    {
        Description = "A Hugging Face folder or a Dropwise file; without one, the model that comes with Dropwise.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Adds the argument to a verb.</summary>
    /// <param name="verb">The verb.</param>
    public void AddTo(Command verb) => verb.Add(_argument);

    /// <summary>The path of the model.</summary>
    /// <param name="parsed">The command line.</param>
    /// <exception cref="CommandException">None is named, and the one that comes with Dropwise is not there.</exception>
    public string Of(ParseResult parsed) => parsed.GetValue(_argument) ?? DefaultModel.Find();
}
