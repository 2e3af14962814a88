using System.Runtime.InteropServices;

namespace Dropwise.ModelFiles;

/// <summary>
/// Codebooks and rotations of a checkpoint in the making. Instances that several matrices hold become one tensor, named for the
/// first of them, or for the format where all matrices of a model share the codebooks.
/// </summary>
internal sealed class SharedParts
{
    private readonly Dictionary<CodebookSet, string> _codebooks = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<InputTransform, string> _transforms = new(ReferenceEqualityComparer.Instance);
    private readonly List<(int Level, TensorContent Tensor)> _tensors = [];

    /// <summary>Names the parts.</summary>
    /// <param name="matrices">The matrices in their final order.</param>
    /// <exception cref="ArgumentException">A codeword does not fit its type, or a set that all matrices of a format share is not one instance.</exception>
    public SharedParts(IEnumerable<PendingMatrix> matrices)
    {
        var prefixes = new HashSet<string>(StringComparer.Ordinal);
        foreach (PendingMatrix matrix in matrices)
        {
            if (matrix.Codebooks is { } codebooks && !_codebooks.ContainsKey(codebooks))
            {
                string prefix = matrix.Format.Scope == CodebookScope.Model ? CheckpointNames.SharedCodebooks(matrix.Format.Name) : matrix.Name;
                if (!prefixes.Add(prefix))
                    throw new ArgumentException($"'{matrix.Name}' has other codebooks than the matrices before it, but those of {matrix.Format.Name} are one set a model");
                _codebooks.Add(codebooks, prefix);
                AddCodebooks(prefix, matrix.Format, codebooks);
            }

            if (matrix.Transform is { } transform && _transforms.TryAdd(transform, CheckpointNames.Signs(matrix.Name)))
                _tensors.Add((1, SignsContent(_transforms[transform], transform)));
        }
    }

    /// <summary>The tensors of all parts, each with the level that needs it.</summary>
    public IReadOnlyList<(int Level, TensorContent Tensor)> Tensors => _tensors;

    /// <summary>What <c>formats</c> says about a matrix.</summary>
    /// <param name="matrix">One of the matrices.</param>
    public MatrixDocument Describe(PendingMatrix matrix) => new(
        matrix.Format.Name,
        matrix.Rows,
        matrix.Columns,
        matrix.Codebooks is null ? null : _codebooks[matrix.Codebooks],
        matrix.Transform is null ? null : _transforms[matrix.Transform]);

    private void AddCodebooks(string prefix, FormatDescriptor format, CodebookSet codebooks)
    {
        int elements = codebooks.Codewords * codebooks.Dimension;
        TensorType type = TensorTypes.Of(format.Codeword);
        for (int m = 0; m < codebooks.Count; m++)
        {
            int level = format.Nested ? m + 1 : 1;
            byte[] codewords = TensorElements.NarrowExactly(type, codebooks.Values.AsSpan(m * elements, elements));
            _tensors.Add((level, new TensorContent(
                CheckpointNames.Codebook(prefix, m + 1), type, [codebooks.Codewords, codebooks.Dimension], sink => sink.Write(codewords))));

            // Floating-point codewords need no factor: theirs is 1 by the contract of the set.
            if (format.Codeword != ScalarType.Int8)
            {
                if (codebooks.Scales[m] != 1) throw new ArgumentException($"codebook {m + 1} of '{prefix}' has the factor {codebooks.Scales[m]:G9}, but its codewords are floats");
                continue;
            }

            byte[] scale = MemoryMarshal.AsBytes(codebooks.Scales.AsSpan(m, 1)).ToArray();
            _tensors.Add((level, new TensorContent(CheckpointNames.CodebookScale(prefix, m + 1), TensorType.Float32, [1], sink => sink.Write(scale))));
        }
    }

    private static TensorContent SignsContent(string name, InputTransform transform)
    {
        byte[] bits = new byte[(transform.Columns + 7) / 8];
        for (int k = 0; k < transform.Columns; k++)
        {
            if (transform.Signs[k] < 0) bits[k / 8] |= (byte)(1 << (k % 8));
        }

        return new TensorContent(name, TensorType.UInt8, [bits.Length], sink => sink.Write(bits));
    }
}
