using System.Text.Json.Nodes;
using Dropwise.Testing;

namespace Dropwise.Tokenization.Tests;

/// <summary>Conversations as the families write them. The expected texts are what Jinja2 3.1.6 makes of the models' own templates.</summary>
public sealed class ChatTemplateTests
{
    private const string Llama2 =
        "{% if messages[0]['role'] == 'system' %}{% set system_message = messages[0]['content'] %}{% endif %}"
        + "{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}"
        + "{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{{ ' '  + content.strip() + ' ' + eos_token }}";

    private const string MistralV1 =
        "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
        + "{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token + ' ' }}{% endif %}{% endfor %}";

    private const string MistralV3 =
        "{{- bos_token }}{%- for message in messages %}{%- if message[\"role\"] == \"user\" %}{%- if loop.last and system_message is defined %}"
        + "{{- \"[INST] \" + system_message + \"\\n\\n\" + message[\"content\"] + \"[/INST]\" }}{%- else %}{{- \"[INST] \" + message[\"content\"] + \"[/INST]\" }}"
        + "{%- endif %}{%- elif message[\"role\"] == \"assistant\" %}{{- \" \" + message[\"content\"]|trim + eos_token}}{%- endif %}{%- endfor %}";

    private const string Gemma =
        "{{ bos_token }}{% for message in messages %}{{ '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}";

    private const string Llama31 =
        "{{- bos_token }}{{- \"<|start_header_id|>system<|end_header_id|>\\n\\n\" }}{{- \"Cutting Knowledge Date: December 2023\\n\" }}"
        + "{{- \"Today Date: \" + date_string + \"\\n\\n\" }}{{- system_message }}{{- \"<|eot_id|>\" }}";

    [Theory]
    [InlineData("llama3", null, "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nWhy?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")]
    [InlineData("llama3", "Be brief.", "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nWhy?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")]
    [InlineData("qwen2_5", null, "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n<|im_start|>user\nHi <|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData("qwen2_5", "Be brief.", "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi <|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData("mistral_nemo", null, "<s>[INST]Hi [/INST]Hello.</s>[INST]Why?[/INST]")]
    [InlineData("mistral_nemo", "Be brief.", "<s>[INST]Hi [/INST]Hello.</s>[INST]Be brief.\n\nWhy?[/INST]")]
    public void A_published_template_is_rendered_exactly(string model, string? system, string expected)
    {
        string config = File.ReadAllText(TestData.Find($"tokenizers/{model}/tokenizer_config.json"));

        Assert.Equal(expected, ChatTemplate.Read(config, model).Render(Conversation(system)));
    }

    [Fact]
    public void A_template_in_a_gguf_file_is_rendered_exactly()
    {
        GgufVocabulary vocabulary = VocabularyFile.Read(TestData.Find("models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf"));
        ChatTemplate template = ChatTemplate.Read(vocabulary.ToConfigJson(), "smollm2");

        Assert.Equal(
            "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n<|im_start|>user\nHi <|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n",
            template.Render(Conversation(null)));
        Assert.Equal(["<|im_end|>"], template.EndTokens);
    }

    [Theory]
    [InlineData(Llama2, null, "<s>[INST] Hi [/INST] Hello. </s><s>[INST] Why? [/INST]")]
    [InlineData(Llama2, "Be brief.", "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST] Hello. </s><s>[INST] Why? [/INST]")]
    [InlineData(MistralV1, null, "<s>[INST] Hi  [/INST]Hello.</s> [INST] Why? [/INST]")]
    [InlineData(MistralV3, null, "<s>[INST] Hi [/INST] Hello.</s>[INST] Why?[/INST]")]
    [InlineData(MistralV3, "Be brief.", "<s>[INST] Hi [/INST] Hello.</s>[INST] Be brief.\n\nWhy?[/INST]")]
    [InlineData(Gemma, null, "<s><start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\nHello.<end_of_turn>\n<start_of_turn>user\nWhy?<end_of_turn>\n<start_of_turn>model\n")]
    [InlineData(Gemma, "Be brief.", "<s><start_of_turn>user\nBe brief.\n\nHi<end_of_turn>\n<start_of_turn>model\nHello.<end_of_turn>\n<start_of_turn>user\nWhy?<end_of_turn>\n<start_of_turn>model\n")]
    [InlineData(Llama31, "Be brief.", "<s><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nWhy?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")]
    public void A_family_is_known_by_its_template(string template, string? system, string expected) =>
        Assert.Equal(expected, ChatTemplate.Read(Config(template), "model").Render(Conversation(system)));

    [Fact]
    public void Reasoning_is_left_out_of_earlier_answers()
    {
        ChatTemplate template = ChatTemplate.Read(Config("{{'<|im_start|>'}}{% if '</think>' in content %}{% endif %}{{'<|im_end|>'}}"), "qwen3");
        ChatMessage[] messages = [new(ChatRole.User, "Hi"), new(ChatRole.Assistant, "<think>\nhm\n</think>\n\nHello."), new(ChatRole.User, "Why?")];

        Assert.Equal("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n", template.Render(messages));
    }

    [Fact]
    public void Of_several_templates_the_default_one_counts()
    {
        var config = JsonNode.Parse(Config("unused"))!;
        config["chat_template"] = JsonNode.Parse("""[{"name": "tool_use", "template": "[INST]"}, {"name": "default", "template": "<start_of_turn> <end_of_turn>"}]""");

        Assert.Equal("Gemma", ChatTemplate.Read(config.ToJsonString(), "model").Family);
    }

    [Theory]
    [InlineData(null, "m: chat_template: the model has none: it was not made for conversations")]
    [InlineData("{}", "m: chat_template: the model has none: it was not made for conversations")]
    [InlineData("""{"chat_template": "<|user|>\n{{ x }}"}""", "m: chat_template: '<|user|>\\u000A{{ x }}' is of no known family; known are ChatML, Llama 3, Llama 2, Mistral, Gemma")]
    [InlineData("""{"chat_template": 1}""", "m: chat_template: is not a string")]
    [InlineData("""{"chat_template": [{"name": "tool_use", "template": "x"}]}""", "m: chat_template: none of the templates is named 'default'")]
    public void A_template_that_cannot_be_used_is_named(string? config, string message) =>
        Assert.Equal(message, Assert.Throws<TokenizerException>(() => ChatTemplate.Read(config, "m")).Message);

    [Fact]
    public void Turns_out_of_order_are_refused()
    {
        ChatTemplate template = ChatTemplate.Read(Config(Gemma), "model");

        Assert.Throws<ArgumentException>(() => template.Render([]));
        Assert.Throws<ArgumentException>(() => template.Render([new(ChatRole.Assistant, "Hi")]));
        Assert.Throws<ArgumentException>(() => template.Render([new(ChatRole.User, "Hi"), new(ChatRole.Assistant, "Hi")]));
        Assert.Throws<ArgumentException>(() => template.Render([new(ChatRole.User, "Hi"), new(ChatRole.System, "x"), new(ChatRole.User, "Hi")]));
    }

    private static string Config(string template) =>
        new JsonObject { ["bos_token"] = "<s>", ["eos_token"] = "</s>", ["chat_template"] = template }.ToJsonString();

    private static ChatMessage[] Conversation(string? system)
    {
        ChatMessage[] turns = [new(ChatRole.User, "Hi "), new(ChatRole.Assistant, "Hello."), new(ChatRole.User, "Why?")];
        return system is null ? turns : [new ChatMessage(ChatRole.System, system), .. turns];
    }
}
