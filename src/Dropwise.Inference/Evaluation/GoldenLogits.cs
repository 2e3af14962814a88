using System.Buffers.Binary;
using System.Collections.Immutable;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>
/// Logits that another program computed: a safetensors file of <c>input_ids</c>, I64 [sequences, tokens], and <c>logits</c>, F32 [sequences,
/// tokens, vocabulary].
/// </summary>
public sealed class GoldenLogits : IDisposable
{
    /// <summary>The file's name, beside the model.</summary>
    public const string FileName = "golden.safetensors";

    private readonly SafetensorsFile _file;
    private readonly TensorView _logits;
    private readonly ImmutableArray<int> _tokens;

    private GoldenLogits(SafetensorsFile file, TensorView logits, ImmutableArray<int> tokens)
    {
        _file = file;
        _logits = logits;
        _tokens = tokens;
    }

    /// <summary>Sequences.</summary>
    public int Sequences => (int)_logits.Shape[0];

    /// <summary>Tokens of a sequence.</summary>
    public int Length => (int)_logits.Shape[1];

    /// <summary>Elements of a token's logits.</summary>
    public int Vocabulary => (int)_logits.Shape[2];

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="vocabulary">Tokens of the model that it is about.</param>
    /// <exception cref="ModelFileException">It is missing or broken, or about another vocabulary.</exception>
    public static GoldenLogits Open(string path, int vocabulary)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            var tensors = new TensorSet(path, file.Tensors.Select(info => new TensorView(file.File, info)));
            TensorView ids = tensors["input_ids"];
            if (ids.Type != TensorType.Int64 || ids.Shape.Length != 2 || ids.Elements == 0 || ids.Elements > Array.MaxLength)
                throw new ModelFileException(path, ids.Name, $"is {TensorTypes.NameOf(ids.Type)} {TensorInfo.Spell(ids.Shape.AsSpan())}, not I64 [sequences, tokens]");
            TensorView logits = tensors["logits", ids.Shape[0], ids.Shape[1], vocabulary];
            return new GoldenLogits(file, logits, [.. Enumerable.Range(0, (int)ids.Elements).Select(index => Token(ids, index, vocabulary))]);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The tokens of a sequence.</summary>
    /// <param name="sequence">From 0.</param>
    public ReadOnlySpan<int> Tokens(int sequence) => _tokens.AsSpan().Slice(sequence * Length, Length);

    /// <summary>Reads the logits after a token.</summary>
    /// <param name="sequence">From 0.</param>
    /// <param name="token">From 0.</param>
    /// <param name="logits">Receives [<see cref="Vocabulary"/>].</param>
    public void Read(int sequence, int token, Span<float> logits) => _logits.ReadFloats((((long)sequence * Length) + token) * Vocabulary, logits);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static int Token(TensorView ids, int index, int vocabulary)
    {
        long id = BinaryPrimitives.ReadInt64LittleEndian(ids.Bytes((long)index * sizeof(long), sizeof(long)));
        return id >= 0 && id < vocabulary
            ? (int)id
            : throw new ModelFileException(ids.File.FilePath, ids.Name, $"holds {id}, not a token below the vocabulary's {vocabulary}");
    }
}
