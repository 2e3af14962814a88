using Dropwise.Cpu;
using Dropwise.Formats;

namespace Dropwise.Inference.Tests;

/// <summary>Small random models, which tests of the engine need no data for.</summary>
internal static class RandomModels
{
    public static FormatRow Format(string name) => FormatTable.Rows.Single(row => row.Descriptor.Name == name);

    /// <summary>The shape of tiny-stories-7m.</summary>
    public static ModelWeights Create(string layers = "int4g32", string head = "int8g32", ulong seed = 0) =>
        RandomModel.Create(ModelShapes.Find("tiny-stories-7m"), Format(layers), Format(head), seed);
}
