using System.Text;
using CsCheck;

namespace Dropwise.ModelFiles.Tests;

/// <summary>Valid files with bytes changed, moved, cut or replaced by what an attacker would write: they open or are refused, and nothing else.</summary>
public sealed class MutationTests : IDisposable
{
    // What makes parsers and arithmetic stumble, each put in at a random place.
    private static readonly string[] Fragments =
    [
        "-1", "0", "9223372036854775807", "18446744073709551616", "1e999", "null", "[]", "{}", "\"", "\\", "\\ud800", "NaN", ",", ":", "}", "]", "\0",
        "[[[[[[[[", "F64", "BOOL", "\"shape\":[0]", "\"data_offsets\":[0,0]", "\\\"rows\\\":2147483647", "\\\"columns\\\":8", "__metadata__",
    ];

    private static readonly Gen<Action<Span<byte>>> Overwrite = Gen.OneOf(
        Gen.Select(Gen.Double[0, 1], Gen.Byte).Select<(double At, byte Value), Action<Span<byte>>>(change => bytes => bytes[Place(bytes, change.At)] = change.Value),
        Gen.Select(Gen.Double[0, 1], Gen.Int[0, Fragments.Length - 1].Select(i => Fragments[i])).Select<(double At, string Text), Action<Span<byte>>>(change => bytes =>
        {
            byte[] text = Encoding.UTF8.GetBytes(change.Text);
            Span<byte> rest = bytes[Place(bytes, change.At)..];
            text.AsSpan(0, Math.Min(text.Length, rest.Length)).CopyTo(rest);
        }),
        Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1], Gen.Int[1, 40]).Select<(double From, double To, int Count), Action<Span<byte>>>(change => bytes =>
        {
            Span<byte> from = bytes[Place(bytes, change.From)..];
            Span<byte> to = bytes[Place(bytes, change.To)..];
            int count = Math.Min(change.Count, Math.Min(from.Length, to.Length));
            from[..count].CopyTo(to);
        }));

    // The header is where the claims are: most changes go there, some to the length field, some anywhere.
    private static readonly Gen<(Action<Span<byte>>[] Header, Action<Span<byte>>[] Length, double Cut)> Mutations = Gen.Select(
        Overwrite.Array[1, 4],
        Gen.Frequency((9, Gen.Const(Array.Empty<Action<Span<byte>>>())), (1, Overwrite.Array[1])),
        Gen.Frequency((4, Gen.Const(1.0)), (1, Gen.Double[0, 1])));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_changed_checkpoint_opens_or_is_refused()
    {
        new SampleCheckpoint().Write(_folder["c.safetensors"], _folder);
        int opened = Survive(File.ReadAllBytes(_folder["c.safetensors"]), iterations: 3000, path =>
        {
            using CheckpointReader reader = CheckpointReader.Open(path, PlainFormat.Registry);
            Touch(reader.Tensors);
            foreach (CheckpointMatrix matrix in reader.Matrices.Values) matrix.ToCanonical();
            foreach (CheckpointTensor tensor in reader.Contents) Assert.InRange(tensor.Level, 1, reader.Levels);
        });

        // A test that only ever saw refusals would not have looked behind the header.
        Assert.InRange(opened, 30, 2970);
    }

    [Fact]
    public void A_changed_safetensors_file_opens_or_is_refused() => Survive(RawSafetensors.Bytes(RawSafetensors.ValidHeader, 12), iterations: 3000, path =>
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Touch(new TensorSet(path, file.Tensors.Select(info => new TensorView(file.File, info))));
    });

    public static TheoryData<string> Configurations =>
    [
        """
        {"model_type":"llama","hidden_size":64,"intermediate_size":160,"num_hidden_layers":3,"num_attention_heads":4,"num_key_value_heads":2,
        "vocab_size":384,"rms_norm_eps":1e-5,"eos_token_id":[1,2],"rope_parameters":{"rope_type":"llama3","rope_theta":5e5,"factor":8,
        "low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":64},"tie_word_embeddings":true}
        """,
        """
        {"model_type":"gemma3","text_config":{"hidden_size":64,"intermediate_size":160,"num_hidden_layers":3,"vocab_size":384,"sliding_window":16,
        "layer_types":["sliding_attention","full_attention","sliding_attention"],"final_logit_softcapping":null,"rope_parameters":{"full_attention":
        {"rope_type":"yarn","rope_theta":1e6,"factor":4,"beta_fast":32,"beta_slow":1},"sliding_attention":{"rope_type":"linear","factor":2}}},"eos_token_id":1}
        """,
        """
        {"model_type":"qwen3_moe","hidden_size":64,"intermediate_size":160,"num_hidden_layers":4,"num_attention_heads":4,"vocab_size":384,"mlp_only_layers":[0,2],
        "num_experts":8,"num_experts_per_tok":2,"moe_intermediate_size":48,"norm_topk_prob":true,"use_sliding_window":true,"sliding_window":9}
        """,
        """
        {"model_type":"falcon","hidden_size":64,"n_layer":3,"n_head":4,"num_kv_heads":2,"new_decoder_architecture":true,"num_ln_in_parallel_attn":2,
        "vocab_size":384,"activation":"gelu","bias":false,"alibi":false,"ffn_hidden_size":256,"layer_norm_epsilon":1e-5}
        """,
    ];

    [Theory]
    [MemberData(nameof(Configurations))]
    public void A_changed_configuration_is_read_or_refused(string valid)
    {
        byte[] config = Encoding.UTF8.GetBytes(valid);
        ModelConfig.Parse("config.json", valid);
        Overwrite.Array[1, 3].Sample(
            changes =>
            {
                byte[] changed = [.. config];
                foreach (Action<Span<byte>> change in changes) change(changed);
                string text = Encoding.UTF8.GetString(changed);
                Tolerate(() => ModelConfig.Parse("config.json", text, text));
            },
            iter: 3000);
    }

    private int Survive(byte[] valid, int iterations, Action<string> open)
    {
        int header = 8 + (int)BitConverter.ToUInt64(valid);
        int opened = 0;
        Mutations.Sample(
            mutation =>
            {
                byte[] changed = [.. valid];
                foreach (Action<Span<byte>> change in mutation.Header) change(changed.AsSpan(8, header - 8));
                foreach (Action<Span<byte>> change in mutation.Length) change(changed.AsSpan(0, 8));
                string path = _folder.Write(Guid.NewGuid().ToString("N"), changed[..(int)(mutation.Cut * changed.Length)]);
                if (Tolerate(() => open(path))) Interlocked.Increment(ref opened);
                File.Delete(path);
            },
            iter: iterations);
        return opened;
    }

    /// <summary>Runs an action that may refuse a file; every other exception fails the test.</summary>
    private static bool Tolerate(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (ModelFileException)
        {
            return false;
        }
    }

    private static void Touch(TensorSet tensors)
    {
        long sum = 0;
        foreach (TensorView tensor in tensors)
        {
            foreach (byte value in tensor.Bytes(0, (int)tensor.ByteLength)) sum += value;
        }

        Assert.True(sum >= 0);
    }

    private static int Place(Span<byte> bytes, double at) => Math.Min((int)(at * bytes.Length), bytes.Length - 1);
}
