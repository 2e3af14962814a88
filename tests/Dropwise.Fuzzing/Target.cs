using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.ModelFiles;
using Dropwise.Tokenization;

namespace Dropwise.Fuzzing;

/// <summary>One reader: it takes any bytes or refuses them with the library's own exception, and allocates in proportion to them. Whatever else happens is a finding.</summary>
internal sealed class Target
{
    // What readers take whatever the file: tables, caches, the registry's first use.
    private const long FreeBytes = 32L << 20;

    // A byte of a header becomes entries of several tables; the worst honest file takes 150.
    private const int BytesPerByte = 1000;

    private static readonly FormatRegistry Registry = new([.. FormatTable.Rows]);

    private static readonly Target[] All =
    [
        new("gguf", static bytes => InFile(bytes, ReadGguf)),
        new("safetensors", static bytes => InFile(bytes, ReadSafetensors)),
        new("tokenizer", ReadTokenizer),
    ];

    // In memory, where the system has such a folder: a fuzzer writes some thousand files a second.
    private static readonly string InputFile = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"dropwise-fuzzing-{Environment.ProcessId}");

    private readonly string _name;
    private readonly Action<byte[]> _read;

    private Target(string name, Action<byte[]> read)
    {
        _name = name;
        _read = read;
    }

    /// <summary>The names of all targets.</summary>
    public static string Names => string.Join(", ", All.Select(static target => target._name));

    /// <summary>The target of a name, or null.</summary>
    /// <param name="name">The name.</param>
    public static Target? Find(string name) => All.FirstOrDefault(target => target._name == name);

    /// <summary>Lets the reader read.</summary>
    /// <param name="bytes">A file's content.</param>
    /// <exception cref="InvalidOperationException">The reader allocated more than the file justifies.</exception>
    public void Read(byte[] bytes)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            _read(bytes);
        }
        catch (Exception e) when (e is ModelFileException or TokenizerException)
        {
            // Refused, as it should be.
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > FreeBytes + ((long)bytes.Length * BytesPerByte)) throw new InvalidOperationException($"{bytes.Length} bytes made the reader allocate {allocated}");
    }

    private static void InFile(byte[] bytes, Action<string> read)
    {
        File.WriteAllBytes(InputFile, bytes);
        try
        {
            read(InputFile);
        }
        finally
        {
            File.Delete(InputFile);
        }
    }

    private static void ReadGguf(string path)
    {
        using GgufModel model = GgufModel.Open(path, Registry);
        foreach (GgufValue value in model.Metadata.Values.Values) _ = value.ToString();
        Touch(model);
        if (model.Texts.Tokenizer is { } tokenizer) Encode(tokenizer, model.Texts.TokenizerConfig);
    }

    private static void ReadSafetensors(string path)
    {
        // A folder's file needs a configuration beside it, so that only what says that it is a checkpoint is opened as a whole.
        using SafetensorsFile file = SafetensorsFile.Open(path, allowCut: true);
        foreach (TensorInfo tensor in file.Tensors) _ = tensor.Elements;
        if (!file.Metadata.ContainsKey("dropwise.version")) return;
        using CheckpointReader model = CheckpointReader.Open(path, Registry);
        Touch(model);
    }

    private static void Touch(ModelSource model)
    {
        Span<float> one = stackalloc float[1];
        foreach (TensorView tensor in model.Tensors)
        {
            if (tensor.Elements == 0 || tensor.Type is not (TensorType.Float32 or TensorType.Float16 or TensorType.BFloat16)) continue;
            tensor.ReadFloats(tensor.Elements - 1, one);
        }

        foreach (CheckpointMatrix matrix in model.Matrices.Values)
        {
            float[] row = new float[matrix.Columns];
            matrix.DecodeRows(matrix.Rows - 1, row);
        }

        _ = new DecoderTensors(model.Config, model.Tensors).Layer(0);
    }

    private static void ReadTokenizer(byte[] bytes) => Encode(System.Text.Encoding.UTF8.GetString(bytes), null);

    private static void Encode(string json, string? config)
    {
        var tokenizer = Tokenizer.FromJson(json, "fuzzed", config);
        int[] tokens = tokenizer.Encode("hello world  <end> a1234\n▁ab é", addSpecialTokens: true);
        _ = tokenizer.Decode(tokens);
    }
}
