namespace Dropwise.Inference.Tasks;

/// <summary>LAMBADA in OpenAI's spelling: the last word of a passage, which only the whole passage tells.</summary>
internal static class LambadaTask
{
    /// <summary>Reads all passages.</summary>
    /// <param name="folder">Where the file lies.</param>
    public static IEnumerable<TaskDocument> Read(TaskFolder folder)
    {
        TaskFile file = folder.Open("lambada_test.jsonl");
        foreach ((int number, string line) in file.Lines())
        {
            string text = file.Members(number, line, "text")[0];
            int space = text.LastIndexOf(' ');
            if (space < 1) throw file.Broken(number, "the text has no last word");
            yield return new TaskDocument([Ending.Of(text[..space], text[(space + 1)..])], Gold: 0);
        }
    }
}
