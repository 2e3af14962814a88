using System.Text.Json.Nodes;
using Dropwise.Testing;

namespace Dropwise.Cli.Tests;

/// <summary><c>dropwise run --chat</c> with a small model that was given a chat template.</summary>
public sealed class ChatTests : IDisposable
{
    private const string Template =
        "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
        + "{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token + ' ' }}{% endif %}{% endfor %}";

    private readonly TemporaryFolder _folder = new();
    private readonly string _model;

    public ChatTests()
    {
        _model = SmallModel.Create(_folder);
        SetTemplate(Template);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_line_of_input_is_a_turn_and_empty_lines_are_none()
    {
        CommandResult result = Command.RunWithInput("Tell me of a cat.\n\nAnd a dog?\n", "run", _model, "--chat", "--max-tokens", "5");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("5 generated", result.Error, StringComparison.Ordinal);
        Assert.NotEqual("", result.Output);
    }

    [Fact]
    public void A_later_turn_runs_only_what_is_new()
    {
        int Prompt(string input)
        {
            string error = Command.RunWithInput(input, "run", _model, "--chat", "--max-tokens", "5").Error;
            return int.Parse(error[..error.IndexOf(' ', StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture);
        }

        // The second turn lacks the begin token. It has the end of the first answer, and perhaps that answer again: its five tokens began
        // with a space that the answer does not have. The long first question is never run twice.
        int first = Prompt("And a dog?\n");
        Assert.InRange(Prompt("Tell me a long story of a cat and a mouse who were friends.\nAnd a dog?\n"), first - 1, first + 7);
    }

    [Fact]
    public void Prompt_asks_one_question()
    {
        var json = Command.RunWithInput("not read\n", "run", _model, "--chat", "-p", "Who is it?", "--max-tokens", "4", "--json").Json;

        Assert.Equal(4, json.GetProperty("generated_tokens").GetInt32());
        Assert.NotEqual("", json.GetProperty("text").GetString());
    }

    [Fact]
    public void The_system_is_told_before_the_first_question()
    {
        int Tokens(params string[] more) =>
            Command.Run(["run", _model, "--chat", "-p", "Who is it?", "--max-tokens", "1", "--json", .. more]).Json.GetProperty("prompt_tokens").GetInt32();

        Assert.True(Tokens("--system", "You are a very old cat.") > Tokens() + 4);
    }

    [Fact]
    public void A_conversation_that_outgrows_its_context_is_told_so() =>
        Command.Run("run", _model, "--chat", "--context", "8", "-p", "Tell me a story of a cat and a dog and a mouse.").FailsNaming(1, "context of 8 tokens");

    [Fact]
    public void A_model_without_a_template_and_one_of_another_family_are_named()
    {
        Command.Run("run", "--chat", "-p", "x").FailsNaming(1, TestData.DefaultModel, "chat_template", "made for conversations");
        SetTemplate("<|user|>{{ messages[0]['content'] }}");
        Command.Run("run", _model, "--chat", "-p", "x").FailsNaming(1, "chat_template", "no known family");
        SetTemplate("<start_of_turn><end_of_turn>");
        Command.Run("run", _model, "--chat", "-p", "x").FailsNaming(1, "<end_of_turn>", "Gemma");
    }

    [Theory]
    [InlineData("--system needs --chat", "-p", "x", "--system", "y")]
    [InlineData("--context needs --chat", "-p", "x", "--context", "9")]
    [InlineData("--context is 0", "--chat", "--context", "0")]
    [InlineData("--prompt is missing")]
    [InlineData("--prompt is empty", "--chat", "-p", " ")]
    [InlineData("--json with --chat needs --prompt", "--chat", "--json")]
    public void Options_that_contradict_each_other(string named, params string[] options) => Command.Run(["run", _model, .. options]).FailsNaming(2, named);

    // As a terminal keeps the reader waiting: without a line, the first Ctrl-C must be enough.
    [Fact]
    public void An_interruption_ends_the_wait_for_a_line()
    {
        using var silence = new Silence();
        using var cancellation = new CancellationTokenSource();
        silence.Asked += cancellation.Cancel;

        Command.Run(silence, cancellation.Token, "run", _model, "--chat").FailsNaming(1, "interrupted");
    }

    [Fact]
    public void A_template_in_a_file_of_its_own_goes_before_one_in_the_configuration()
    {
        SetTemplate("<|user|>{{ messages[0]['content'] }}");
        File.WriteAllText(Path.Combine(_model, "chat_template.jinja"), Template);

        Assert.Equal(0, Command.Run("run", _model, "--chat", "-p", "Who is it?", "--max-tokens", "1").ExitCode);
    }

    private void SetTemplate(string template)
    {
        string path = Path.Combine(_model, "tokenizer_config.json");
        JsonNode config = JsonNode.Parse(File.ReadAllText(path))!;
        config["chat_template"] = template;
        File.WriteAllText(path, config.ToJsonString());
    }

    /// <summary>An input whose lines never come.</summary>
    private sealed class Silence : TextReader
    {
        private readonly ManualResetEventSlim _end = new();

        /// <summary>Somebody waits.</summary>
        public event Action? Asked;

        public override string? ReadLine()
        {
            Asked?.Invoke();
            _end.Wait();
            return null;
        }

        protected override void Dispose(bool disposing) => _end.Set();
    }
}
