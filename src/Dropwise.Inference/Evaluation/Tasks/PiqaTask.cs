namespace Dropwise.Inference.Tasks;

/// <summary>PIQA: a goal and two ways to reach it; the labels lie in a file of their own, line by line.</summary>
internal static class PiqaTask
{
    /// <summary>Reads all goals.</summary>
    /// <param name="folder">Where the files lie.</param>
    public static IEnumerable<TaskDocument> Read(TaskFolder folder)
    {
        TaskFile goals = folder.Open("piqa.valid.jsonl"), labels = folder.Open("piqa.valid-labels.txt");
        (int Number, string Text)[] golds = [.. labels.Lines()];
        int count = 0;
        foreach ((int number, string line) in goals.Lines())
        {
            string[] members = goals.Members(number, line, "goal", "sol1", "sol2");
            if (number > golds.Length) throw labels.Broken(number, "is missing: there are more goals than labels");
            int gold = golds[number - 1].Text switch
            {
                "0" => 0,
                "1" => 1,
                string other => throw labels.Broken(number, $"'{other}' is neither 0 nor 1"),
            };
            string context = $"Question: {members[0]}\nAnswer:";
            count++;
            yield return new TaskDocument([Ending.Of(context, members[1]), Ending.Of(context, members[2])], gold);
        }

        if (count < golds.Length) throw goals.Broken(count + 1, "is missing: there are more labels than goals");
    }
}
