using System.Text;

namespace Dropwise.Inference.Tasks;

/// <summary>
/// MMLU: 57 subjects of four-choice questions. The prompt of a subject says what follows and shows its first five development questions with their
/// answers; what is scored is the letter of a choice.
/// </summary>
internal static class MmluTask
{
    private const int Shots = 5;
    private const string Letters = "ABCD";
    private static readonly string[] Header = ["question", "choice0", "choice1", "choice2", "choice3", "answer"];

    /// <summary>Reads all questions, subject by subject.</summary>
    /// <param name="folder">Where the folder <c>mmlu</c> lies, with a file a subject in <c>dev</c> and <c>test</c>.</param>
    public static IEnumerable<TaskDocument> Read(TaskFolder folder)
    {
        foreach (string subject in folder.Names("mmlu/test", "_test.csv"))
        {
            string shown = Examples(folder, subject);
            foreach ((string question, int gold) in Questions(folder.Open($"mmlu/test/{subject}_test.csv")))
            {
                string context = shown + question;
                yield return new TaskDocument([.. Letters.Select(letter => Ending.Of(context, letter.ToString()))], gold, subject);
            }
        }
    }

    private static string Examples(TaskFolder folder, string subject)
    {
        TaskFile file = folder.Open($"mmlu/dev/{subject}_dev.csv");
        var text = new StringBuilder($"The following are multiple choice questions (with answers) about {subject.Replace('_', ' ')}.\n\n");
        int count = 0;
        foreach ((string question, int gold) in Questions(file).Take(Shots))
        {
            text.Append(question).Append(' ').Append(Letters[gold]).Append("\n\n");
            count++;
        }

        return count == Shots ? text.ToString() : throw file.Broken(null, $"has {count} questions, fewer than the {Shots} that a prompt shows");
    }

    private static IEnumerable<(string Question, int Gold)> Questions(TaskFile file)
    {
        bool isHeader = true;
        foreach ((int line, string[] fields) in CsvFile.Read(file))
        {
            if (isHeader && !fields.SequenceEqual(Header)) throw file.Broken(line, $"is not '{string.Join(',', Header)}'");
            if (!isHeader) yield return Question(file, line, fields);
            isHeader = false;
        }
    }

    private static (string Question, int Gold) Question(TaskFile file, int line, string[] fields)
    {
        if (fields.Length != Header.Length) throw file.Broken(line, $"has {fields.Length} fields, not {Header.Length}");
        if (fields[^1] is not [>= '0' and < '4']) throw file.Broken(line, $"the answer '{fields[^1]}' is not 0 to 3");
        return ($"{fields[0].Trim()}\nA. {fields[1]}\nB. {fields[2]}\nC. {fields[3]}\nD. {fields[4]}\nAnswer:", fields[^1][0] - '0');
    }
}
