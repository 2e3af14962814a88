using System.Collections;

namespace Dropwise.ModelFiles;

/// <summary>The tensors of a model by name, whatever number of files they are in.</summary>
public sealed class TensorSet : IReadOnlyCollection<TensorView>
{
    private readonly string _path;
    private readonly OrderedDictionary<string, TensorView> _byName = new(StringComparer.Ordinal);

    /// <summary>Creates a set.</summary>
    /// <param name="path">The model's file or folder, for messages.</param>
    /// <param name="tensors">The tensors, in the order in which the set enumerates them.</param>
    /// <exception cref="ModelFileException">Two tensors have one name.</exception>
    public TensorSet(string path, IEnumerable<TensorView> tensors)
    {
        _path = path;
        foreach (TensorView tensor in tensors)
        {
            if (!_byName.TryAdd(tensor.Name, tensor))
                throw new ModelFileException(path, tensor.Name, $"is in {_byName[tensor.Name].File.FilePath} and in {tensor.File.FilePath}");
        }
    }

    /// <inheritdoc/>
    public int Count => _byName.Count;

    /// <summary>The tensor of a name.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="ModelFileException">There is no such tensor.</exception>
    public TensorView this[string name] => Find(name) ?? throw new ModelFileException(_path, name, "is missing");

    /// <summary>The tensor of a name, which must have a shape.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="shape">The dimensions it must have.</param>
    /// <exception cref="ModelFileException">There is no such tensor, or its shape differs.</exception>
    public TensorView this[string name, params ReadOnlySpan<long> shape]
    {
        get
        {
            TensorView tensor = this[name];
            return tensor.Shape.AsSpan().SequenceEqual(shape)
                ? tensor
                : throw new ModelFileException(_path, name, $"has shape {TensorInfo.Spell(tensor.Shape.AsSpan())}; the configuration asks for {TensorInfo.Spell(shape)}");
        }
    }

    /// <summary>The tensor of a name, or null.</summary>
    /// <param name="name">The tensor's name.</param>
    public TensorView? Find(string name) => _byName.GetValueOrDefault(name);

    /// <inheritdoc/>
    public IEnumerator<TensorView> GetEnumerator() => _byName.Values.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
