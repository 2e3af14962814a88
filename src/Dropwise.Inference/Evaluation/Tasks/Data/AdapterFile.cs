using System.Text.Json;

namespace Dropwise.Inference.Tasks;

/// <summary>
/// A file of questions as the LLM-Adapters project publishes them: a JSON array of objects whose <c>instruction</c> holds the question and its
/// choices in one text, and whose <c>answer</c> names the right one.
/// </summary>
internal static class AdapterFile
{
    /// <summary>Reads all questions.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="EvaluationDataException">It is no such array; the message names the line.</exception>
    public static List<AdapterQuestion> Read(TaskFile file)
    {
        var questions = new List<AdapterQuestion>();
        var reader = new Utf8JsonReader(file.Bytes);
        int line = 1, counted = 0;
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray) throw file.Broken(line, "is not an array of questions");
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                int start = (int)reader.TokenStartIndex;
                line += file.Bytes.AsSpan(counted..start).Count((byte)'\n');
                counted = start;
                using JsonDocument document = JsonDocument.ParseValue(ref reader);
                JsonElement question = document.RootElement;
                questions.Add(new AdapterQuestion(file, line, file.Member(line, question, "instruction"), file.Member(line, question, "answer")));
            }
        }
        catch (JsonException e)
        {
            throw file.Broken((int)(e.LineNumber ?? 0) + 1, "is not JSON");
        }

        return questions;
    }
}
