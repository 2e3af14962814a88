namespace Dropwise.Quantization.Models;

/// <summary>The rotations of a model's input sites: one instance a site, whose signs depend on the seed and the site only.</summary>
/// <param name="seed">The seed.</param>
internal sealed class InputRotations(int seed)
{
    private readonly Dictionary<string, InputTransform> _bySite = new(StringComparer.Ordinal);

    /// <summary>The rotation of a site.</summary>
    /// <param name="weight">A weight that reads it.</param>
    public InputTransform Of(LinearWeight weight)
    {
        if (_bySite.TryGetValue(weight.Tensor.Site, out InputTransform? transform)) return transform;
        var random = new Random(unchecked((int)Hash(weight.Tensor.Site)));
        var signs = new sbyte[weight.Columns];
        for (int i = 0; i < signs.Length; i++) signs[i] = random.Next(2) == 0 ? (sbyte)1 : (sbyte)-1;
        transform = new InputTransform(signs);
        _bySite.Add(weight.Tensor.Site, transform);
        return transform;
    }

    // FNV-1a: string.GetHashCode differs from process to process.
    private uint Hash(string site)
    {
        uint hash = 2166136261 ^ (uint)seed;
        foreach (char c in site) hash = (hash ^ c) * 16777619;
        return hash;
    }
}
