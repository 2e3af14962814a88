using System.Text.RegularExpressions;

namespace Dropwise.Inference.Tasks;

/// <summary>HellaSwag: the beginning of a scene or of instructions, and four ways to go on. Six lines a question: context, label, endings.</summary>
internal static partial class HellaSwagTask
{
    private const int Endings = 4;
    private const int LinesOfQuestion = Endings + 2;

    /// <summary>Reads all questions.</summary>
    /// <param name="folder">Where the file lies, packed or not.</param>
    public static IEnumerable<TaskDocument> Read(TaskFolder folder)
    {
        TaskFile file = folder.Open("hellaswag_val_full.txt", "hellaswag_val_full.txt.bz2");
        foreach ((int Number, string Text)[] question in file.Lines().Chunk(LinesOfQuestion))
        {
            int first = question[0].Number;
            if (question.Length < LinesOfQuestion) throw file.Broken(first, $"the question has {question.Length} of {LinesOfQuestion} lines");
            string label = question[1].Text;
            if (label.Length != 1 || label[0] < '0' || label[0] >= '0' + Endings) throw file.Broken(first + 1, $"the label '{label}' is not 0 to {Endings - 1}");
            string context = CleanUp(Capitalize(question[0].Text));
            yield return new TaskDocument([.. question[2..].Select(ending => Ending.Of(context, CleanUp(ending.Text)))], label[0] - '0');
        }
    }

    /// <summary>
    /// The harness' clean-up: brackets are remains of the pages that half of the questions were taken from. The file at hand has titles replaced
    /// already and keeps some of the others.
    /// </summary>
    /// <param name="text">A context or an ending.</param>
    internal static string CleanUp(string text) =>
        Bracketed().Replace(text.Trim().Replace(" [title]", ". ", StringComparison.Ordinal), "").Replace("  ", " ", StringComparison.Ordinal);

    /// <summary>
    /// The data set gives whole sentences and the beginning of the next one apart, and the harness starts the latter with a capital letter. In
    /// the file at hand they are joined, so that the beginning is what follows the last end of a sentence.
    /// </summary>
    /// <param name="context">A context.</param>
    internal static string Capitalize(string context)
    {
        int end = context.AsSpan().LastIndexOfAny(".!?");
        int start = end + 1;
        while (start < context.Length && context[start] == ' ') start++;
        if (end < 0 || start == context.Length || start == end + 1 || !char.IsLower(context[start])) return context;
        return string.Concat(context.AsSpan(0, start), context.Substring(start, 1).ToUpperInvariant(), context.AsSpan(start + 1));
    }

    [GeneratedRegex(@"\[.*?\]", RegexOptions.CultureInvariant)]
    private static partial Regex Bracketed();
}
