using System.Text;

namespace Dropwise.Generators.Emit.Text;

/// <summary>Writes indented source with LF line ends; blocks are closed by disposing what opened them.</summary>
internal sealed class SourceWriter
{
    private const string Unit = "    ";

    private readonly StringBuilder _text = new();
    private int _depth;

    /// <summary>Writes a line at the current depth; an empty one carries no spaces. Several lines are each indented.</summary>
    /// <param name="text">The text, LF between lines.</param>
    public void Line(string text = "")
    {
        foreach (string line in text.Split('\n'))
        {
            if (line.Length != 0)
            {
                for (int i = 0; i < _depth; i++) _text.Append(Unit);
                _text.Append(line);
            }

            _text.Append('\n');
        }
    }

    /// <summary>Writes a header and an opening brace; disposing the result closes it.</summary>
    /// <param name="header">The line before the brace.</param>
    /// <param name="close">What stands on the closing line.</param>
    public Scope Block(string header, string close = "}")
    {
        Line(header);
        Line("{");
        _depth++;
        return new Scope(this, close);
    }

    /// <summary>Writes text as it is, at no depth: the inside of a raw string.</summary>
    /// <param name="text">The text, with its own line ends.</param>
    public void Verbatim(string text) => _text.Append(text);

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>An open block.</summary>
    /// <param name="writer">The writer it is in.</param>
    /// <param name="close">The closing line.</param>
    internal readonly struct Scope(SourceWriter writer, string close) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose()
        {
            writer._depth--;
            writer.Line(close);
        }
    }
}
