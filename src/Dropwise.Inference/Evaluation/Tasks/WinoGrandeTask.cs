namespace Dropwise.Inference.Tasks;

/// <summary>
/// WinoGrande: a sentence with a blank and two words for it. What is scored is the rest of the sentence behind either word (partial evaluation;
/// Trinh and Le 2018, "A Simple Method for Commonsense Reasoning"), so that how common the words are does not count.
/// </summary>
internal static class WinoGrandeTask
{
    private const string Opening = "Please choose the correct answer to fill in the blank to complete the given sentence: ";
    private const string Closing = " Answer format: ";

    /// <summary>Reads all sentences.</summary>
    /// <param name="folder">Where the file lies.</param>
    public static IEnumerable<TaskDocument> Read(TaskFolder folder)
    {
        foreach (AdapterQuestion question in AdapterFile.Read(folder.Open("winogrande.test.json")))
        {
            var (sentence, words, gold) = question.Choices(Opening, "Option", Closing);
            int blank = sentence.IndexOf('_', StringComparison.Ordinal);
            if (blank < 0) throw question.File.Broken(question.Line, "the sentence has no blank '_'");
            string rest = sentence[(blank + 1)..].Trim();
            yield return new TaskDocument([.. words.Select(word => Ending.Of(sentence[..blank] + word, rest))], gold);
        }
    }
}
