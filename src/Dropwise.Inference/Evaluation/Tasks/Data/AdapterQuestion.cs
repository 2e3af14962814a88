using System.Collections.Immutable;
using System.Globalization;

namespace Dropwise.Inference.Tasks;

/// <summary>A question of an <see cref="AdapterFile"/>.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">The line it starts on.</param>
/// <param name="Instruction">Question and choices in one text.</param>
/// <param name="Answer">The right choice by its name.</param>
internal sealed record AdapterQuestion(TaskFile File, int Line, string Instruction, string Answer)
{
    /// <summary>The text between two others.</summary>
    /// <param name="before">How the instruction begins.</param>
    /// <param name="after">What follows the text, for the last time.</param>
    /// <exception cref="EvaluationDataException">The instruction is of another kind.</exception>
    public string Between(string before, string after)
    {
        int end = Instruction.LastIndexOf(after, StringComparison.Ordinal);
        if (!Instruction.StartsWith(before, StringComparison.Ordinal) || end < before.Length)
            throw File.Broken(Line, $"the instruction is not '{before}… {after.Trim()}…'");
        return Instruction[before.Length..end];
    }

    /// <summary>Takes an instruction apart that lists numbered choices.</summary>
    /// <param name="before">How it begins.</param>
    /// <param name="label">What a choice is called, with a capital letter: Answer for <c>Answer1: … Answer2: …</c>.</param>
    /// <param name="after">What follows the last choice.</param>
    /// <returns>The question, the choices, and which is right.</returns>
    /// <exception cref="EvaluationDataException">The instruction is of another kind, or the answer is none of its choices.</exception>
    public (string Question, ImmutableArray<string> Choices, int Gold) Choices(string before, string label, string after)
    {
        string text = Between(before, after);
        string separator = $"\n\n{label}1: ";
        int end = text.IndexOf(separator, StringComparison.Ordinal);
        if (end < 0) throw File.Broken(Line, $"the instruction has no '{label}1: '");
        string question = text[..end];
        ImmutableArray<string>.Builder choices = ImmutableArray.CreateBuilder<string>();
        while (end >= 0)
        {
            int start = end + separator.Length;
            separator = string.Create(CultureInfo.InvariantCulture, $" {label}{choices.Count + 2}: ");
            end = text.IndexOf(separator, start, StringComparison.Ordinal);
            choices.Add(end < 0 ? text[start..] : text[start..end]);
        }

        for (int choice = 0; choice < choices.Count; choice++)
        {
            if (Answer.Equals(string.Create(CultureInfo.InvariantCulture, $"{label}{choice + 1}"), StringComparison.OrdinalIgnoreCase))
                return (question, choices.DrainToImmutable(), choice);
        }

        throw File.Broken(Line, $"the answer '{Answer}' is none of the {choices.Count} choices");
    }
}
