namespace Dropwise.Inference.Tasks;

/// <summary>ARC, OpenBookQA and BoolQ: a question, and the choices as its possible endings.</summary>
internal static class QuestionTasks
{
    private const string QuestionOpening = "Please choose the correct answer to the question: ";
    private const string YesOrNoOpening = "Please answer the following question with true or false, question: ";
    private const string Closing = "\n\nAnswer format: ";

    /// <summary>ARC: the choices' texts answer the question, without letters.</summary>
    /// <param name="folder">Where the file lies.</param>
    /// <param name="name">The file of the easy or of the challenging questions.</param>
    public static IEnumerable<TaskDocument> ReadArc(TaskFolder folder, string name) =>
        ReadQuestions(folder, name, static question => $"Question: {question}\nAnswer:");

    /// <summary>OpenBookQA: the question's stem alone is the prompt.</summary>
    /// <param name="folder">Where the file lies.</param>
    public static IEnumerable<TaskDocument> ReadOpenBookQa(TaskFolder folder) =>
        ReadQuestions(folder, "openbookqa.test.json", static question => question);

    /// <summary>
    /// BoolQ: yes or no. The harness puts the passage that answers the question before it; the file at hand has none, so figures are lower than
    /// published ones.
    /// </summary>
    /// <param name="folder">Where the file lies.</param>
    public static IEnumerable<TaskDocument> ReadBoolQ(TaskFolder folder)
    {
        foreach (AdapterQuestion question in AdapterFile.Read(folder.Open("boolq.test.json")))
        {
            // The file's question ends in the mark that the harness adds.
            string context = $"Question: {question.Between(YesOrNoOpening, Closing)}\nAnswer:";
            int gold = question.Answer switch
            {
                "false" => 0,
                "true" => 1,
                _ => throw question.File.Broken(question.Line, $"the answer '{question.Answer}' is neither true nor false"),
            };
            yield return new TaskDocument([Ending.Of(context, "no"), Ending.Of(context, "yes")], gold);
        }
    }

    private static IEnumerable<TaskDocument> ReadQuestions(TaskFolder folder, string name, Func<string, string> prompt)
    {
        foreach (AdapterQuestion question in AdapterFile.Read(folder.Open(name)))
        {
            var (text, choices, gold) = question.Choices(QuestionOpening, "Answer", Closing);
            string context = prompt(text);
            yield return new TaskDocument([.. choices.Select(choice => Ending.Of(context, choice))], gold);
        }
    }
}
