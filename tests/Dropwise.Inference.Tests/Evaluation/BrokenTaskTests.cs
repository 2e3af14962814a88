using Dropwise.Inference.Tasks;

namespace Dropwise.Inference.Tests.Evaluation;

/// <summary>What is wrong with a task's files is said in one line that names the file and its line.</summary>
public sealed class BrokenTaskTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dropwise-test-");

    [Fact]
    public void A_missing_folder() => Assert.Equal("/nowhere: no such folder", Assert.Throws<EvaluationDataException>(() => new TaskFolder("/nowhere")).Message);

    [Fact]
    public void An_unknown_task() =>
        Assert.StartsWith("there is no task 'arc'; known are mmlu, arc_easy", Assert.Throws<InferenceException>(() => TaskCatalog.Find("arc")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("arc_easy", "ARC-Easy.test.json", "no such file")]
    [InlineData("hellaswag", "hellaswag_val_full.txt", "no such file")]
    [InlineData("mmlu", "mmlu/test", "no such folder")]
    public void A_missing_file(string task, string file, string problem) => Fails(task, $"{file}: {problem}");

    [Theory]
    [InlineData("arc_easy", "ARC-Easy.test.json", "[\n{\"instruction\": 3}]", "line 2: has no text 'instruction'")]
    [InlineData("arc_easy", "ARC-Easy.test.json", "[\n\n{\"instruction\": \"Who?\", \"answer\": \"answer1\"}]", "line 3: the instruction is not 'Please choose")]
    [InlineData("arc_easy", "ARC-Easy.test.json", "[\n{\"instruction\": \"a\"\n,,}]", "line 3: is not JSON")]
    [InlineData("arc_easy", "ARC-Easy.test.json", "[\n{\"instruction\": \"Please choose the correct answer to the question: Q\\n\\nAnswer1: a Answer2: b\\n\\nAnswer format: answer1\", \"answer\": \"answer3\"}]", "line 2: the answer 'answer3' is none of the 2 choices")]
    [InlineData("arc_easy", "ARC-Easy.test.json", "{}", "line 1: is not an array")]
    [InlineData("arc_easy", "ARC-Easy.test.json", "[", "line 1: is not JSON")]
    [InlineData("boolq", "boolq.test.json", "[{\"instruction\": \"Please answer the following question with true or false, question: q?\\n\\nAnswer format: true/false\", \"answer\": \"maybe\"}]", "line 1: the answer 'maybe'")]
    [InlineData("winogrande", "winogrande.test.json", "[{\"instruction\": \"Please choose the correct answer to fill in the blank to complete the given sentence: no blank.\\n\\nOption1: a Option2: b Answer format: option1/option2\", \"answer\": \"option1\"}]", "line 1: the sentence has no blank")]
    [InlineData("lambada", "lambada_test.jsonl", "{\"text\": \"two words\"}\n{\"text\": \"one\"}", "line 2: the text has no last word")]
    [InlineData("lambada", "lambada_test.jsonl", "{\"text\": \"two words\"}\n{\"text\": ", "line 2: is not JSON")]
    [InlineData("hellaswag", "hellaswag_val_full.txt", "context\n4\na\nb\nc\nd\n", "line 2: the label '4' is not 0 to 3")]
    [InlineData("hellaswag", "hellaswag_val_full.txt", "context\n1\na\nb\nc\nd\ncontext\n", "line 7: the question has 1 of 6 lines")]
    [InlineData("hellaswag", "hellaswag_val_full.txt.bz2", "this is no archive", "cannot be read")]
    public void A_broken_line(string task, string file, string text, string problem)
    {
        Write(file, text);
        Fails(task, $"{file}: {problem}");
    }

    [Theory]
    [InlineData("0\n2\n", "piqa.valid-labels.txt: line 2: '2' is neither 0 nor 1")]
    [InlineData("0\n", "piqa.valid-labels.txt: line 2: is missing: there are more goals than labels")]
    [InlineData("0\n1\n0\n", "piqa.valid.jsonl: line 3: is missing: there are more labels than goals")]
    public void Labels_that_do_not_match(string labels, string problem)
    {
        const string Goal = "{\"goal\": \"g\", \"sol1\": \"a\", \"sol2\": \"b\"}\n";
        Write("piqa.valid.jsonl", Goal + Goal);
        Write("piqa.valid-labels.txt", labels);
        Fails("piqa", problem);
    }

    [Theory]
    [InlineData("q,1,2,3,4,0\n", "line 1: is not 'question,choice0")]
    [InlineData("question,choice0,choice1,choice2,choice3,answer\n\"a\nb\",1,2,3,4,0\nq,1,2,3,0\n", "line 4: has 5 fields, not 6")]
    [InlineData("question,choice0,choice1,choice2,choice3,answer\nq,1,2,3,4,E\n", "line 2: the answer 'E' is not 0 to 3")]
    [InlineData("question,choice0,choice1,choice2,choice3,answer\nq,1,\"2,3,4,0\n", "line 2: a quote is not closed")]
    [InlineData("question,choice0,choice1,choice2,choice3,answer\nq,\"1\" or,2,3,4,0\n", "line 2: text follows a closed quote")]
    [InlineData("question,choice0,choice1,choice2,choice3,answer\nq,1,2,3,4,0\n", "has 1 questions, fewer than the 5")]
    public void A_broken_table(string text, string problem)
    {
        Write("mmlu/dev/logic_dev.csv", text);
        Write("mmlu/test/logic_test.csv", "question,choice0,choice1,choice2,choice3,answer\n");
        Fails("mmlu", $"logic_dev.csv: {problem}");
    }

    [Fact]
    public void A_table_with_quotes_line_ends_and_carriage_returns()
    {
        const string Header = "question,choice0,choice1,choice2,choice3,answer\r\n";
        Write("mmlu/dev/formal_logic_dev.csv", Header + string.Concat(Enumerable.Repeat("q,1,2,3,4,3\r\n", 6)));
        Write("mmlu/test/formal_logic_test.csv", Header + "\" say \"\"a, b\"\"\nor c \",\"1,\",,3,4,2\r\n");
        TaskDocument document = Assert.Single(TaskCatalog.Find("mmlu").Documents(new TaskFolder(_folder.FullName)));
        string shown = string.Concat(Enumerable.Repeat("q\nA. 1\nB. 2\nC. 3\nD. 4\nAnswer: D\n\n", 5));
        Assert.Equal(
            $"The following are multiple choice questions (with answers) about formal logic.\n\n{shown}say \"a, b\"\nor c\nA. 1,\nB. \nC. 3\nD. 4\nAnswer:",
            document.Endings[0].Context);
        Assert.Equal((2, "formal_logic"), (document.Gold, document.Subject));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void Write(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private void Fails(string task, string message)
    {
        EvaluationDataException failure = Assert.Throws<EvaluationDataException>(
            () => TaskCatalog.Find(task).Documents(new TaskFolder(_folder.FullName)).ToArray());
        Assert.StartsWith(_folder.FullName, failure.Message, StringComparison.Ordinal);
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }
}
